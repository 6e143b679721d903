"""Nobody is reached where they did not plainly say yes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.intake import Contact
from services.intake.domain.contact_rules import ContactRules, Way, read_rules
from services.intake.domain.identifying import details_given, details_of

TEXT = st.none() | st.text(max_size=60)
ZONE = ZoneInfo("America/New_York")
WAYS = get_args(Way)
ANYTHING = st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["yes", "no", "09:00"])
GIVEN = st.dictionaries(st.sampled_from([*WAYS, "hours_from", "hours_to", "x"]), ANYTHING)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 14, hour, minute, tzinfo=ZONE)


@given(GIVEN, st.integers(0, 23))
def test_only_a_plain_yes_permits_a_way(said: dict[str, Any], hour: int) -> None:
    rules, _ = read_rules(said)
    for way in WAYS:
        if rules.permits(way, at(hour)):
            assert said[way] == "yes"
            if said.get("hours_from") or said.get("hours_to"):
                assert rules.hours_from is not None
                assert rules.hours_to is not None


@pytest.mark.parametrize(
    ("begin", "end", "hour", "permitted"),
    [
        ("09:00", "17:00", 8, False),
        ("09:00", "17:00", 9, True),
        ("09:00", "17:00", 17, False),
        ("22:00", "06:00", 23, True),
        ("22:00", "06:00", 5, True),
        ("22:00", "06:00", 12, False),
    ],
)
def test_hours_hold_past_midnight(begin: str, end: str, hour: int, permitted: bool) -> None:
    rules, doubts = read_rules({"call": "yes", "hours_from": begin, "hours_to": end})
    assert doubts == []
    assert rules.permits("call", at(hour)) == permitted


def test_hours_that_cannot_be_read_forbid_everything() -> None:
    for hours in ({"hours_from": "9"}, {"hours_to": "17:00"}, {"hours_from": "x", "hours_to": "y"}):
        rules, doubts = read_rules({"call": "yes", "write": "yes"} | hours)
        assert doubts
        assert not any(rules.permits(way, at(12)) for way in WAYS)


def test_nothing_said_is_nothing_permitted() -> None:
    assert not any(ContactRules().permits(way, at(12)) for way in WAYS)


@given(
    st.builds(Contact, name=TEXT, phone=TEXT, email=TEXT),
    st.none() | st.text(max_size=20),
)
def test_any_contact_has_details_or_none(contact: Contact, report_type: str | None) -> None:
    for details in details_of(contact, report_type, at(1).date()):
        assert details.reached
        assert details.name


@pytest.mark.parametrize(
    ("way", "name"),
    [("+1 (804) 555-0100", "ruiz"), ("804.555.0100", "María López"), ("M.L@Example.ORG", "RUIZ ")],
)
def test_ways_of_writing_meet(way: str, name: str) -> None:
    contact = Contact(name="Maria Lopez Ruiz", phone="8045550100", email="m.l@example.org")
    stored = set(map(str, details_of(contact, "theft", at(1).date())))
    assert str(details_given(way, name, "theft", "2026-03-14")) in stored


@given(st.text(), st.text(), st.text(), st.text())
def test_any_nonsense_is_read(way: str, name: str, report_type: str, day: str) -> None:
    assert str(details_given(way, name, report_type, day))
