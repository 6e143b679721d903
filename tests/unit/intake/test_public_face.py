"""What a place becomes before anybody reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.public_face import BLOCK_DEGREES, block, hundred_block


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1234 Main St", "1200 block of Main St"),
        ("1299b n. 5th street, Apt 4, with Jane", "1200 block of N. 5th Street"),
        ("7 Iron Bridge Rd", "unit block of Iron Bridge Rd"),
        ("Main St & Oak Ave", "Main St and Oak Ave"),
        ("12 Main St my husband beats me", None),
        ("my ex lives at 12 Main St", None),
        ("12 gauge at my street", None),
        ("Jane Roe", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_becomes_its_block_and_a_sentence_nothing(
    text: str | None, told: str | None
) -> None:
    assert hundred_block(text) == told


@given(st.floats(-180, 180))
def test_every_place_of_a_block_has_the_same_face(degrees: float) -> None:
    middle = block(degrees)
    assert middle is not None
    assert abs(middle - degrees) <= BLOCK_DEGREES / 2 + 1e-6
    assert block(middle) == middle


@given(st.integers(1, 99_999), st.text("abcdefghij ", max_size=190))
def test_the_number_of_a_house_is_never_told(number: int, text: str) -> None:
    told = hundred_block(f"{number} {text} st")
    assert told is None or f"{number // 100 * 100 or 'unit'} block of" in told
