"""The first duplicate rule, and the promise that there are no chains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.duplicates import (
    CELL_DEGREES,
    Candidate,
    cells_around,
    find_duplicates,
    metres_between,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
METRE = 1 / 111_195  # degrees of latitude


def candidate(
    number: int, *, metres: float = 0, minutes: float = 0, anchor: int | None = None
) -> Candidate:
    moment = NOON + timedelta(minutes=minutes)
    return Candidate(
        UUID(int=number), str(number), 37.4 + metres * METRE, -77.5, moment, moment,
        UUID(int=anchor) if anchor else None,
    )  # fmt: skip


def anchor_of(own: Candidate, *others: Candidate) -> int:
    return find_duplicates(own, others, 250, 6).anchor.int


def test_a_lonely_report_is_its_own_anchor() -> None:
    assert anchor_of(candidate(1)) == 1


def test_a_report_near_an_earlier_one_follows_it() -> None:
    assert anchor_of(candidate(2, minutes=30), candidate(1, metres=100, anchor=1)) == 1


def test_a_report_follows_the_anchor_of_its_neighbour() -> None:
    assert anchor_of(candidate(3, minutes=30), candidate(2, metres=100, anchor=1)) == 1


def test_251_metres_are_too_far_and_seven_hours_too_long() -> None:
    assert anchor_of(candidate(2, minutes=30), candidate(1, metres=252, anchor=1)) == 2
    assert anchor_of(candidate(2, minutes=421), candidate(1, anchor=1)) == 2


def test_of_two_undecided_reports_only_the_later_follows() -> None:
    first, second = candidate(1), candidate(2, minutes=1)
    assert (anchor_of(first, second), anchor_of(second, first)) == (1, 1)


def test_a_report_that_others_follow_stays_their_anchor() -> None:
    follower = candidate(3, metres=50, minutes=5, anchor=2)
    assert anchor_of(candidate(2, minutes=2), candidate(1, anchor=1), follower) == 2


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), min_size=1, max_size=8))
def test_every_anchor_is_its_own_anchor(places: list[tuple[int, int]]) -> None:
    reports = [candidate(n + 1, metres=m, minutes=t) for n, (m, t) in enumerate(places)]
    anchors: dict[UUID, UUID] = {}
    for own in reports:
        around = [replace(r, anchor=anchors.get(r.report_id)) for r in reports if r is not own]
        anchors[own.report_id] = find_duplicates(own, around, 250, 6).anchor
    assert all(anchors[anchor] == anchor for anchor in anchors.values())


@given(st.floats(-60, 60), st.floats(-179, 179), st.floats(-250, 250), st.floats(-1, 1))
def test_everything_within_250_metres_is_in_a_neighbouring_cell_up_to_40_degrees(
    latitude: float, longitude: float, north: float, east: float
) -> None:
    latitude = max(-40.0, min(40.0, latitude))
    here = Candidate(UUID(int=1), "1", latitude, longitude, NOON, NOON, None)
    there = replace(here, latitude=latitude + north * METRE, longitude=longitude + east * 0.002)
    if metres_between(here, there) <= 250:
        middle = cells_around(there.latitude, there.longitude)[4]
        assert middle in cells_around(here.latitude, here.longitude)
    assert CELL_DEGREES > 0
