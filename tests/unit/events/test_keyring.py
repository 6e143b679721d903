"""Personal values: sealed under a key per subject, bound to one field of one event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given

from events.casework import NoteAdded
from events.codec import decode, encode
from events.intake import ReportSubmitted
from events.personal import Personal, personal_fields
from services.runtime.keyring import seal, subjects_of, unseal
from tests.golden.samples import sample_envelopes
from tests.unit.events.strategies import envelopes, few

if TYPE_CHECKING:
    from events.envelope import Envelope

KEYS = {"report-1": b"r" * 32, "person-1": b"p" * 32}
OTHER = UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def a_report() -> Envelope:
    """An envelope whose statement, contact and PIN are open."""
    submitted = next(e for e in sample_envelopes() if isinstance(e.data, ReportSubmitted))
    boxes = {
        "statement": Personal[Any](subject="report-1", value={"description": "Ñandú"}),
        "contact": Personal[Any](subject="person-1", value={"name": "Alice"}),
        "pin_hash": Personal[Any](subject="report-1", value="hash"),
    }
    written = {name: {"subject": box.subject, "value": box.value} for name, box in boxes.items()}
    fields = submitted.data.model_dump(exclude=set(boxes)) | written
    return replace(submitted, data=ReportSubmitted.model_validate(fields))


def boxes(envelope: Envelope) -> dict[str, Personal[Any]]:
    return dict(personal_fields(envelope.data))


def is_open(envelope: Envelope, field: str) -> bool:
    return boxes(envelope)[field].sealed is None


@few
@given(envelopes(sealed=False))
def test_what_was_sealed_and_stored_opens_again(envelope: Envelope) -> None:
    stored = encode(seal(envelope, KEYS))
    assert unseal(decode(stored), KEYS) == envelope


def test_a_sealed_event_shows_nothing(a_report: Envelope) -> None:
    stored = encode(seal(a_report, KEYS))
    assert b"Alice" not in stored
    assert "Ñandú".encode() not in stored


def test_sealing_twice_gives_other_boxes_with_the_same_content(a_report: Envelope) -> None:
    first, second = seal(a_report, KEYS), seal(a_report, KEYS)
    assert boxes(first)["contact"] != boxes(second)["contact"]
    assert unseal(first, KEYS) == unseal(second, KEYS)


def test_a_sealed_value_is_left_alone(a_report: Envelope) -> None:
    sealed = seal(a_report, KEYS)
    assert seal(sealed, {}) == sealed


def test_a_box_moved_to_another_event_does_not_open(a_report: Envelope) -> None:
    moved = replace(seal(a_report, KEYS), event_id=OTHER)
    assert unseal(moved, KEYS) == moved


def test_a_box_moved_to_another_field_does_not_open(a_report: Envelope) -> None:
    sealed = seal(a_report, KEYS)
    box = boxes(sealed)["statement"]
    moved = replace(sealed, data=sealed.data.model_copy(update={"pin_hash": box}))
    assert not is_open(unseal(moved, KEYS), "pin_hash")
    assert is_open(unseal(moved, KEYS), "statement")


def test_a_box_does_not_open_under_another_subject_s_key(a_report: Envelope) -> None:
    swapped = {"report-1": KEYS["person-1"], "person-1": KEYS["report-1"]}
    sealed = seal(a_report, KEYS)
    assert unseal(sealed, swapped) == sealed


def test_a_destroyed_key_leaves_only_its_subject_sealed(a_report: Envelope) -> None:
    seen = unseal(seal(a_report, KEYS), {"report-1": KEYS["report-1"]})
    assert not is_open(seen, "contact")
    assert is_open(seen, "statement")
    assert is_open(seen, "pin_hash")


def test_nothing_is_committed_open_for_want_of_a_key(a_report: Envelope) -> None:
    with pytest.raises(KeyError, match="person-1"):
        seal(a_report, {"report-1": KEYS["report-1"]})


def test_the_subjects_of_an_event_are_those_of_its_personal_values(a_report: Envelope) -> None:
    assert set(subjects_of([a_report.data])) == set(KEYS)
    note = NoteAdded(note=Personal[str](subject="report-9", value="n"))
    assert subjects_of([note]) == ["report-9"]


@pytest.mark.parametrize("given", [{}, {"value": "v", "sealed": "s"}])
def test_a_personal_value_is_either_open_or_sealed(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either open or sealed"):
        Personal[str](subject="report-1", **given)


@pytest.mark.parametrize("box", ["", "%%%", "c2hvcnQ="])
def test_what_is_no_box_stays_sealed(box: str) -> None:
    note = NoteAdded(note=Personal[str](subject="report-1", sealed=box))
    envelope = replace(next(iter(sample_envelopes())), data=note)
    assert unseal(envelope, KEYS) == envelope
