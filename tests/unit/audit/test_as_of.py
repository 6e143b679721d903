"""As of when: what can be meant, and what a time cuts off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.audit.as_of import AsOf, BadAsOfError, read_as_of
from services.audit.refusals import CannotReplayError
from services.audit.replay import known, replay
from tests.unit.pages.replays import RECORDED, REPORT, a_past

if TYPE_CHECKING:
    from services.projections.view import Entry

NOW = datetime(2026, 3, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("position", "recorded", "occurred", "words"),
    [
        ("-1", None, None, "a ledger position is a number"),
        ("٣", None, None, "a ledger position is a number"),
        ("9" * 19, None, None, "a ledger position is a number"),
        ("", None, None, "a ledger position is a number"),
        (None, "yesterday", None, "a time is written"),
        (None, "2026-13-01T00:00:00Z", None, "a time is written"),
        (None, None, "2026-03-01T10:00:00", "needs its offset"),
        (None, "2026-03-01", None, "needs its offset"),
        (None, None, "2026-03-15T00:00:01Z", "has not come yet"),
        ("1", None, "2026-03-01T10:00:00Z", "not of position and occurred"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_words(
    position: str | None, recorded: str | None, occurred: str | None, words: str
) -> None:
    with pytest.raises(BadAsOfError, match=words):
        read_as_of(position, recorded, occurred, NOW)


def test_what_can_be_meant() -> None:
    assert read_as_of(None, None, None, NOW) is None
    assert read_as_of("0", None, None, NOW) == AsOf("position", 0)
    asked = read_as_of(None, "2026-03-14T16:00:00-04:00", None, NOW)
    assert asked is not None
    assert asked.until == RECORDED
    assert asked.words == "recorded 2026-03-14T20:00:00.000000Z"


def recorded_late(entry: Entry) -> Entry:
    return replace(entry, envelope=replace(entry.envelope, recorded_at=RECORDED + HOUR))


def test_a_time_leaves_out_what_rests_on_what_it_leaves_out() -> None:
    submitted, opened, assigned, noted = a_past("x").known
    late = recorded_late(submitted)
    assert known([late, opened, assigned, noted], AsOf("recorded", RECORDED), REPORT) == []
    late = recorded_late(assigned)
    kept = known([submitted, opened, late, noted], AsOf("recorded", RECORDED), REPORT)
    assert kept == [submitted, opened]


def test_a_fact_told_late_counts_from_when_it_occurred() -> None:
    submitted, opened, assigned, noted = a_past("x").known
    late = recorded_late(noted)
    entries = [submitted, opened, assigned, late]
    assert len(known(entries, AsOf("occurred", RECORDED), REPORT)) == 4
    assert len(known(entries, AsOf("recorded", RECORDED), REPORT)) == 3


def test_the_first_event_that_cannot_be_folded_is_named() -> None:
    _, opened, assigned, _ = a_past("x").known
    with pytest.raises(CannotReplayError, match="position 11"):
        replay([opened, assigned])
