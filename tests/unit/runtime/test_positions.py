"""Skip, apply or alarm: what a consumer does with a numbered record."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.kafka import Record
from services.runtime.positions import admit

PLACE = ("reports", 0)


def numbered(*numbers: int | None) -> list[Record]:
    return [Record(*PLACE, offset, b"k", b"v", (), n) for offset, n in enumerate(numbers)]


def test_the_next_numbers_are_applied_in_order() -> None:
    admission = admit(numbered(4, 5, 6), {PLACE: 3})
    assert [record.number for record in admission.apply] == [4, 5, 6]
    assert admission.reached == {PLACE: (6, 3)}


def test_a_repeat_is_skipped() -> None:
    admission = admit(numbered(2, 3, 4, 4), {PLACE: 3})
    assert [record.number for record in admission.apply] == [4]
    assert admission.repeated == 3


def test_nothing_is_applied_behind_a_gap() -> None:
    admission = admit(numbered(4, 6, 7), {PLACE: 3})
    assert [record.number for record in admission.apply] == [4]
    assert admission.gaps == {PLACE: 6}


def test_a_record_without_a_number_is_an_alarm_and_is_not_applied() -> None:
    assert admit(numbered(None), {PLACE: 0}).gaps == {PLACE: 0}


def test_a_gap_in_a_partners_topic_is_passed() -> None:
    admission = admit(numbered(4, 9), {PLACE: 3}, gaps_allowed=True)
    assert [record.number for record in admission.apply] == [4, 9]


@given(st.lists(st.lists(st.integers(1, 30), max_size=40), max_size=12))
def test_whatever_arrives_and_in_whatever_order_each_number_is_applied_once_in_order(
    batches: list[list[int]],
) -> None:
    position, applied = 0, []
    for batch in [*batches, list(range(1, 31))]:
        admission = admit(numbered(*batch), {PLACE: position})
        applied += [record.number for record in admission.apply]
        position = admission.reached.get(PLACE, (position, 0))[0]
    assert applied == list(range(1, 31))
