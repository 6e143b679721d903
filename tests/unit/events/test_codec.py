"""One canonical byte string per event."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from hypothesis import given
from hypothesis import strategies as st

from events.codec import CONTENT_TYPE, TooLargeError, decode, encode, name_of
from events.envelope import MAXIMUM_BYTES, Cause, CauseKind, Envelope
from events.header import header
from events.moment import timestamp
from events.personal import Personal, personal_fields
from events.registry import EVENTS, NAMES, UnknownEventError, owner
from events.topics import OWNED
from events.upcasts import STEPS, Step
from tests.golden.samples import sample_envelopes
from tests.unit.events.strategies import envelopes, few, moments

SIX_DECIMALS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
NAME = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*")
IN_PARIS = timezone(timedelta(hours=2))


@pytest.fixture
def a_note() -> Envelope:
    """An envelope with a sealed personal value."""
    return next(e for e in sample_envelopes() if e.type == "casework.note-added.v1")


def with_note(envelope: Envelope, note: Personal[Any]) -> Envelope:
    return replace(envelope, data=envelope.data.model_copy(update={"note": note}))


@pytest.mark.parametrize("name", sorted(EVENTS))
@few
@given(data=st.data())
def test_every_event_round_trips_byte_for_byte(name: str, data: st.DataObject) -> None:
    envelope = data.draw(envelopes(name))
    encoded = encode(envelope)
    assert decode(encoded) == envelope
    assert encode(decode(encoded)) == encoded


@few
@given(envelopes())
def test_keys_are_sorted_and_nothing_is_padded(envelope: Envelope) -> None:
    encoded = encode(envelope)
    assert encoded == orjson.dumps(orjson.loads(encoded), option=orjson.OPT_SORT_KEYS)


@few
@given(envelopes())
def test_the_times_of_an_envelope_have_six_decimals_and_are_utc(envelope: Envelope) -> None:
    attributes = orjson.loads(encode(envelope))
    assert SIX_DECIMALS.fullmatch(attributes["time"])
    assert SIX_DECIMALS.fullmatch(attributes["recordedtime"])


@few
@given(moments)
def test_a_moment_is_written_the_same_in_any_zone(moment: datetime) -> None:
    assert timestamp(moment) == timestamp(moment.astimezone(IN_PARIS))
    assert datetime.fromisoformat(timestamp(moment)) == moment


def test_what_was_left_at_its_default_is_not_written() -> None:
    kept = next(e for e in sample_envelopes() if "kept-for" in e.type)
    assert orjson.loads(encode(kept))["data"] == {}


@few
@given(data=st.data())
def test_an_open_personal_value_cannot_be_encoded(data: st.DataObject) -> None:
    personal = [name for name, event in EVENTS.items() if "Personal" in str(event.model_fields)]
    envelope = data.draw(envelopes(data.draw(st.sampled_from(personal)), sealed=False))
    if any(personal_fields(envelope.data)):
        with pytest.raises(ValueError, match="must be sealed"):
            encode(envelope)


def test_a_refusal_to_encode_does_not_tell_the_open_value(a_note: Envelope) -> None:
    with pytest.raises(ValueError, match="must be sealed") as refusal:
        encode(with_note(a_note, Personal[str](subject="report-1", value="Alice's secret")))
    assert "Alice" not in str(refusal.value)


def test_an_envelope_may_have_sixty_thousand_bytes_and_not_one_more(a_note: Envelope) -> None:
    empty = len(encode(with_note(a_note, Personal[str](subject="s", sealed=""))))
    room = MAXIMUM_BYTES - empty
    fits = with_note(a_note, Personal[str](subject="s", sealed="x" * room))
    assert len(encode(fits)) == MAXIMUM_BYTES
    with pytest.raises(TooLargeError, match=f"{MAXIMUM_BYTES + 1} bytes"):
        encode(with_note(a_note, Personal[str](subject="s", sealed="x" * (room + 1))))


def test_size_is_counted_in_bytes_not_letters(a_note: Envelope) -> None:
    with pytest.raises(TooLargeError):
        encode(replace(a_note, source="ß" * (MAXIMUM_BYTES // 2)))


def test_an_unknown_name_stops_the_reader(a_note: Envelope) -> None:
    unknown = encode(replace(a_note, type="casework.case-vanished.v1"))
    with pytest.raises(UnknownEventError, match=r"casework\.case-vanished\.v1.*readers before"):
        decode(unknown)


def test_a_carrier_may_pass_on_a_name_it_does_not_know(a_note: Envelope) -> None:
    assert header(encode(replace(a_note, type="casework.case-vanished.v1"))).version == 7


def test_a_member_we_do_not_know_is_an_error_for_us(a_note: Envelope) -> None:
    attributes = orjson.loads(encode(a_note))
    attributes["data"]["surprise"] = 1
    with pytest.raises(ValueError, match="surprise"):
        decode(orjson.dumps(attributes))


def test_an_older_version_is_brought_to_the_newest(
    a_note: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _inner(data: dict[str, Any]) -> dict[str, Any]:
        return dict(data["inner"])

    def _note(data: dict[str, Any]) -> dict[str, Any]:
        return {"note": data["remark"]}

    newest = "casework.note-added.v1"
    monkeypatch.setitem(STEPS, "casework.remark.v1", Step("casework.remark.v2", _inner))
    monkeypatch.setitem(STEPS, "casework.remark.v2", Step(newest, _note))
    attributes = orjson.loads(encode(a_note)) | {"type": "casework.remark.v1"}
    attributes["data"] = {"inner": {"remark": attributes["data"]["note"]}}
    assert decode(orjson.dumps(attributes)) == a_note


@few
@given(envelopes())
def test_the_header_agrees_with_the_whole(envelope: Envelope) -> None:
    encoded = encode(envelope)
    found, whole = header(encoded), decode(encoded)
    assert (found.event_id, found.type, found.stream_id) == (
        whole.event_id,
        whole.type,
        whole.stream_id,
    )
    assert (found.version, found.recorded_at) == (whole.version, whole.recorded_at)


@few
@given(envelopes())
def test_only_an_event_of_ours_has_to_be_in_the_ledger_first(envelope: Envelope) -> None:
    causing = header(encode(envelope)).causing_event
    assert causing == (envelope.cause.id if envelope.cause.kind is CauseKind.EVENT else None)


def test_an_event_as_a_cause_gives_the_same_id_on_every_retry(a_note: Envelope) -> None:
    cause = a_note.as_cause()
    assert Cause.parse(str(cause)) == cause
    assert str(cause.derive("open-call")) == "af11fa0b-9b3d-5f3d-8ede-58df0ca9850e"
    assert cause.derive("open-call", 1) != cause.derive("open-call")


@few
@given(envelopes())
def test_the_official_sdk_reads_our_bytes(envelope: Envelope) -> None:
    message = KafkaMessage({"content-type": CONTENT_TYPE.encode()}, None, encode(envelope))
    seen = from_structured_event(message)
    assert seen.get_id() == str(envelope.event_id)
    assert seen.get_source() == envelope.source
    assert seen.get_type() == envelope.type
    assert seen.get_subject() == envelope.stream_id
    assert seen.get_time() == envelope.occurred_at
    assert seen.get_extension("streamversion") == envelope.version
    assert seen.get_extension("causationid") == str(envelope.cause)
    assert seen.get_data() == orjson.loads(encode(envelope))["data"]


def test_stored_names_are_well_formed_unique_and_have_a_topic() -> None:
    for name, event in EVENTS.items():
        assert NAME.fullmatch(name)
        assert NAMES[event] == name
        assert owner(name) in OWNED
    assert len(NAMES) == len(EVENTS)


@few
@given(envelopes())
def test_an_envelope_carries_the_stored_name_of_its_event(envelope: Envelope) -> None:
    assert name_of(envelope.data) == envelope.type


def test_utc_is_not_the_zone_of_the_machine() -> None:
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"
