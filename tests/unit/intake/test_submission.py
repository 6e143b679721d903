"""Reading what somebody sent: nothing usable is lost, nothing unusable stands in the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.salvage import salvage_answers
from services.intake.domain.submission import Submission, read_submission

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["type", "description", "occurred", "location", "people", "vehicles", "contact", "safety", "x"]
)


def read(body: dict[str, Any]) -> Submission:
    return read_submission(body, frozenset({"noise"}), ZONE, NOW)


def test_a_time_without_a_zone_is_the_agencys() -> None:
    assert read({"occurred": {"from": "2026-11-22T20:00"}}).occurred_from == datetime(
        2026, 11, 23, 1, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"location": {"latitude": 999, "longitude": 1}}, "location.latitude"),
        ({"location": {"latitude": 37.0}}, "location.latitude"),
        ({"location": {"latitude": True, "longitude": 1}}, "location.latitude"),
        ({"occurred": {"from": "yesterday"}}, "occurred.from"),
        ({"occurred": {"from": "0001-01-01T00:00:00Z"}}, "occurred.from"),
        ({"occurred": {"from": "2999-01-01T00:00:00Z"}}, "occurred.from"),
        ({"occurred": "last week"}, "occurred"),
        ({"people": "two men"}, "people"),
        ({"safety": {"weapon": "perhaps"}}, "safety.weapon"),
        ({"contact": {"safe_to_contact": "yes"}}, "contact.safe_to_contact"),
        ({"purpose": "fun"}, "purpose"),
        ({"shoe_size": 43}, "shoe_size"),
        ({"location": {"planet": "Mars"}}, "location.planet"),
    ],
)
def test_a_bad_fact_is_kept_as_given_and_named(body: dict[str, Any], field: str) -> None:
    found = read({"description": "x"} | body)
    assert field in found.kept_as_given
    assert any(warning.startswith(field) for warning in found.warnings)


def test_a_type_outside_the_catalogue_is_kept_with_a_warning() -> None:
    found = read({"type": "ufo"})
    assert (found.type, found.warnings) == ("ufo", ["type: not in the catalogue; kept as given"])


def test_an_unreadable_safety_answer_counts_as_unsure() -> None:
    assert read({"safety": {"weapon": "perhaps"}}).safety.weapon == "unsure"


@given(st.dictionaries(FIELDS, JSON))
def test_no_json_object_is_too_strange_to_be_read(body: dict[str, Any]) -> None:
    found = read(body)
    assert all("\n" not in warning or len(warning) < 200 for warning in found.warnings)
    found.statement()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"latitude": 999, "safety": {"weapon": "yes"',
        b'\xff\xfe "weapon" : "YES" \x00',
        b'{"weapon": "no", "weapon": "yes", "weapon": "no"}',
        b'{"weapon": "yes',
    ],
)
def test_a_weapon_is_seen_even_in_a_body_that_cannot_be_read(raw: bytes) -> None:
    assert salvage_answers(raw).weapon == "yes"


@given(st.binary(max_size=300))
def test_salvaging_never_raises(raw: bytes) -> None:
    salvage_answers(raw)
