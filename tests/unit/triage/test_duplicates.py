"""Streaming Fellegi-Sunter: what links, what is only suggested, and that there are no chains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.block_index import NEWEST, BlockIndex
from services.triage.domain.duplicate_weights import DuplicateWeights
from services.triage.domain.duplicates import Limits, compare, find_duplicates
from services.triage.domain.likelihood import ONE, halved, odds
from services.triage.domain.places import cells_around, fixed, metres_apart
from services.triage.domain.plates import confusable_form, plate_of
from services.triage.domain.traits import Traits, minute_of, terms_of

if TYPE_CHECKING:
    from events.triage import Link

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
METRE = 10_000_000 / 111_195  # ten-millionths of degrees of latitude
WEIGHTS = DuplicateWeights()
LIMITS = Limits(360)
PARTY = frozenset({"party", "bass", "garden", "shouting", "cars"})


def report(
    number: int, *, metres: float = 0, minutes: float = 0, anchor: int | None = None, **more: Any
) -> Traits:
    moment = NOON + timedelta(minutes=minutes)
    given: dict[str, Any] = {"type": "noise", "group": "disorder", **more}
    return Traits(
        report_id=UUID(int=number),
        report_number=str(number),
        minute=minute_of(moment),
        received_at=moment,
        north=fixed(37.4) + round(metres * METRE),
        east=fixed(-77.5),
        anchor=UUID(int=anchor) if anchor else None,
        **given,
    )


def found(own: Traits, *others: Traits, limits: Limits = LIMITS) -> tuple[int, tuple[Link, ...]]:
    terms = dict.fromkeys(own.terms, 800)
    result = find_duplicates(own, terms, others, WEIGHTS, limits)
    return result.anchor.int, result.links


def test_a_lonely_report_is_its_own_anchor() -> None:
    assert found(report(1)) == (1, ())


def test_the_same_thing_at_the_same_place_within_minutes_is_linked() -> None:
    anchor, (link,) = found(report(2, minutes=5), report(1, metres=10, anchor=1))
    assert (anchor, link.relation, link.distance_metres) == (1, "same", 10)
    assert link.probability is not None
    assert link.probability >= 950


def test_the_evidence_adds_up_to_the_score() -> None:
    own = report(2, minutes=5, terms=PARTY, norm=5 * 800**2, plates=frozenset({"ABC1234"}))
    other = replace(own, report_id=UUID(int=1), report_number="1", anchor=UUID(int=1))
    pair = compare(own, dict.fromkeys(PARTY, 800), other, WEIGHTS, LIMITS)
    assert pair is not None
    assert sum(pair.parts.values()) == pair.score
    assert pair.parts["type"] + pair.parts["text"] + pair.parts["vehicle"] + pair.parts["cap"] == (
        WEIGHTS.most_for_what
    )


def test_a_report_follows_the_anchor_of_its_neighbour() -> None:
    assert found(report(3, minutes=5), report(2, metres=10, anchor=1))[0] == 1


def test_what_is_likely_but_not_certain_is_suggested() -> None:
    anchor, (link,) = found(report(2, minutes=50), report(1, metres=60, anchor=1))
    assert (anchor, link.relation) == (2, "suggested")


def test_beyond_the_horizon_of_its_type_nothing_is_linked() -> None:
    assert found(report(2, minutes=361), report(1, anchor=1))[0] == 2


def test_in_a_crowded_place_a_person_chooses() -> None:
    around = [report(n, metres=5, minutes=n / 10, anchor=n) for n in range(1, 9)]
    anchor, links = found(report(20, minutes=3), *around)
    assert anchor == 20
    assert [link.relation for link in links] == ["suggested"] * 3


def test_many_reports_of_one_incident_do_not_crowd_each_other_out() -> None:
    around = [report(n, metres=5, minutes=n / 10, anchor=1) for n in range(1, 9)]
    assert found(report(20, minutes=3), *around)[0] == 1


def test_another_victim_next_door_is_not_linked_without_a_person() -> None:
    theft: dict[str, Any] = {"type": "theft", "group": "property"}
    other = report(1, anchor=1, house="12", **theft)
    assert found(report(2, minutes=1, house="12", **theft), other)[0] == 1
    anchor, (link,) = found(report(3, minutes=1, house="14", **theft), other)
    assert (anchor, link.veto) == (3, "another-house")


def test_place_and_time_alone_are_one_kind_of_evidence_too_few() -> None:
    other = report(1, anchor=1, type="animal", group="animals", address="12 main st")
    assert found(report(2, address="12 main st"), other)[0] == 2


def test_without_any_place_nothing_is_compared() -> None:
    nowhere = replace(report(2), north=None, east=None)
    assert found(nowhere, report(1, anchor=1)) == (2, ())


def test_of_two_undecided_reports_only_the_later_follows() -> None:
    first, second = report(1), report(2, minutes=1)
    assert (found(first, second)[0], found(second, first)[0]) == (1, 1)


def test_a_report_that_others_follow_stays_their_anchor() -> None:
    follower = report(3, metres=5, minutes=5, anchor=2)
    assert found(report(2, minutes=2), report(1, anchor=1), follower)[0] == 2


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), min_size=1, max_size=8))
def test_every_anchor_is_its_own_anchor(places: list[tuple[int, int]]) -> None:
    reports = [report(n + 1, metres=m, minutes=t) for n, (m, t) in enumerate(places)]
    anchors: dict[UUID, UUID] = {}
    for own in reports:
        around = [replace(r, anchor=anchors.get(r.report_id)) for r in reports if r is not own]
        anchors[own.report_id] = find_duplicates(own, {}, around, WEIGHTS, LIMITS).anchor
    assert all(anchors[anchor] == anchor for anchor in anchors.values())


@given(st.floats(-40, 40), st.floats(-179.9, 179.9), st.floats(-600, 600), st.floats(-0.006, 0.006))
def test_distances_are_right_within_a_few_metres(
    latitude: float, longitude: float, north: float, east: float
) -> None:
    metres = metres_apart(
        fixed(latitude),
        fixed(longitude),
        fixed(latitude + north / 111_195),
        fixed(longitude + east),
    )
    truth = hypot(north, east * 111_195 * cos(radians(latitude + north / 222_390)))
    assert abs(metres - truth) <= 1.5 + truth / 500


def test_everything_within_250_metres_is_in_a_neighbouring_cell() -> None:
    here = cells_around(37.4, -77.5)
    for north, east in ((250, 0), (-250, 0), (0, 250), (0, -250), (170, 170)):
        place = 37.4 + north / 111_195, -77.5 + east / 111_195 / cos(radians(37.4))
        assert cells_around(*place)[4] in here


@pytest.mark.parametrize(
    ("given", "plate"),
    [
        ("vrg-1234", "VRG1234"),
        ("UNKNOWN", None),
        ("unk", None),
        ("0000000", None),
        ("", None),
        (None, None),
        ("AB", None),
        ("ünicode🚗", "NICODE"),
        ("A" * 30, None),
    ],
)
def test_what_is_a_plate(given: str | None, plate: str | None) -> None:
    assert plate_of(given) == plate


def test_plates_that_are_taken_for_each_other_have_one_form() -> None:
    assert confusable_form("0I25B8") == confusable_form("OI2S8B")
    assert confusable_form("ABC123") != confusable_form("ABC124")


def test_what_a_form_prints_is_no_evidence() -> None:
    assert terms_of(["graffiti", "removal"], {}, "Graffiti Removal") == {}


def test_the_index_finds_the_newest_of_the_type_and_what_a_plate_ties() -> None:
    index = BlockIndex()
    for n in range(1, 100):
        index.add(report(n, minutes=n))
    far = report(200, metres=90_000, plates_alike=frozenset({"P"}))
    index.add(far)
    own = report(300, minutes=100, plates_alike=frozenset({"P"}))
    numbers = {each.report_id.int for each in index.around(own, 360)}
    assert numbers == {200, *range(100 - NEWEST, 100)}


def test_known_odds() -> None:
    assert (odds(0), odds(1000), odds(-1000), odds(4248)) == (500, 666, 333, 950)
    assert (halved(0), halved(1000), halved(40_000)) == (ONE, ONE // 2, 0)


def test_a_busy_quarter_does_not_hide_what_lies_at_the_same_address() -> None:
    index = BlockIndex()
    index.add(report(1, address="12 main st"))
    for number in range(2, 3 * NEWEST):
        index.add(report(number, minutes=1))
    own = report(1_000, minutes=2, address="12 main st")
    assert UUID(int=1) in {each.report_id for each in index.around(own, 60)}
