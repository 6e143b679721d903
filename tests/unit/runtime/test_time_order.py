"""Nothing is lost or doubled, a partition keeps its order, causes come first if clocks agree."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.kafka.time_order import TimeOrder


class Message(NamedTuple):
    timestamp: int
    name: str


PLACES = [("reports", 0), ("triage", 0), ("cases", 1)]
ARRIVALS = st.lists(
    st.tuples(st.sampled_from(PLACES), st.lists(st.integers(0, 20), max_size=5)), max_size=12
)


@given(ARRIVALS, st.sets(st.sampled_from(PLACES)), st.integers(0, 10))
def test_everything_comes_out_once_and_a_partition_in_its_order(
    arrivals: list[tuple[tuple[str, int], list[int]]], behind: set[tuple[str, int]], at_most: int
) -> None:
    order, given_, taken = TimeOrder(at_most), list[Any](), list[Any]()
    for number, (place, times) in enumerate(arrivals):
        messages = [Message(time, f"{place} {number} {at}") for at, time in enumerate(times)]
        given_ += messages
        order.add(place, messages)
        taken += order.take(behind)
    while held := len(order):
        taken += order.take_oldest()
        assert len(order) < held
    assert sorted(taken) == sorted(given_)
    for place in PLACES:
        mine = [each.name for each in taken if each.name.startswith(str(place))]
        assert mine == [each.name for each in given_ if each.name.startswith(str(place))]


def test_an_effect_waits_for_what_its_causes_partition_still_has() -> None:
    order = TimeOrder(100)
    order.add(("triage", 0), [Message(2, "effect"), Message(9, "later")])
    order.add(("reports", 0), [Message(1, "cause"), Message(5, "another")])
    behind = [("reports", 0), ("triage", 0)]
    assert [each.timestamp for each in order.take(behind)] == [2, 1, 5]
    assert order.take(behind) == []
    order.add(("reports", 0), [Message(12, "last")])
    assert [each.timestamp for each in order.take([("triage", 0)])] == [9]
    assert [each.timestamp for each in order.take(())] == [12]


def test_what_was_never_read_may_have_something_earlier() -> None:
    order = TimeOrder(100)
    order.add(("triage", 0), [Message(2, "effect")])
    assert order.take([("reports", 0)]) == []
    assert [each.timestamp for each in order.take_oldest()] == [2]


def test_no_more_is_held_than_agreed() -> None:
    order = TimeOrder(3)
    order.add(("triage", 0), [Message(time, "") for time in range(5)])
    assert [each.timestamp for each in order.take([("reports", 0)])] == [0, 1, 2]
