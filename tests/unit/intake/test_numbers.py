"""Report numbers: different for every report, and a wrong digit is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.numbers import SIZE, normalise, report_number

COUNTERS = st.integers(1, SIZE - 1)


@given(COUNTERS, COUNTERS)
def test_different_counters_give_different_numbers(one: int, other: int) -> None:
    assert (report_number(one) == report_number(other)) == (one == other)


@given(COUNTERS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_never_a_number(counter: int, place: int, wrong: int) -> None:
    digits = list(report_number(counter).replace("-", ""))
    digits[place] = str((int(digits[place]) + wrong) % 10)
    assert normalise("".join(digits)) is None


@given(COUNTERS)
def test_a_number_is_understood_however_it_is_typed(counter: int) -> None:
    number = report_number(counter)
    assert normalise(number) == normalise(number.replace("-", " ")) == number


@given(st.text(max_size=30))
def test_nonsense_is_no_number_and_no_error(text: str) -> None:
    assert normalise(text) is None or normalise(text) in {normalise(text)}
