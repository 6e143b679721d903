"""The type as declared, else by key words, whatever people write."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agency.classification import classify
from services.agency.keywords import KeywordIndex, fold

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("My catalytic converter was cut off last night", "vehicle-parts-stolen"),
        ("Someone BROKE INTO my car and took a bag", "vehicle-break-in"),
        ("my car was stolen from the driveway", "stolen-vehicle"),
        ("They stole my bike", "theft"),
        ("neighbour has loud music again", "noise"),
        ("música alta en la casa de al lado", "noise"),
        ("MU\u0301SICA ALTA", "noise"),
        ("The dog won't stop barking", "barking-dog"),
        ("street-light out at the corner", "street-light"),
        ("a van is circling   the\nblock", "suspicious-vehicle"),
        ("graffiti, spray paint and a smashed mailbox", "vandalism"),
        ("", "unclassified"),
        ("qwerty", "unclassified"),
        ("annoisement", "unclassified"),
    ],
)
def test_key_words_find_the_type(pilot: AgencyProfile, text: str, type_: str) -> None:
    found = classify(pilot, None, text)
    assert (found.type, found.declared) == (type_, False)


def test_a_declared_type_wins_over_the_text(pilot: AgencyProfile) -> None:
    found = classify(pilot, "noise", "my car was stolen")
    assert (found.type, found.declared, found.matched) == ("noise", True, ())


def test_a_declared_type_outside_the_catalogue_is_kept(pilot: AgencyProfile) -> None:
    assert classify(pilot, "sea-monster", "stolen").type == "sea-monster"


def test_something_else_is_still_looked_at(pilot: AgencyProfile) -> None:
    assert classify(pilot, "unclassified", "graffiti").type == "vandalism"
    assert classify(pilot, "unclassified", "hm").declared is True


def test_most_hits_win_and_ties_fall_to_the_catalogues_order(lakeside: AgencyProfile) -> None:
    assert classify(lakeside, None, "a swan and a boat").type == "boat-adrift"
    assert classify(lakeside, None, "a swan, swans and a boat").type == "swan"


def test_the_spans_are_those_of_the_original_text(pilot: AgencyProfile) -> None:
    text = "ﬁrst: the MU\u0301SICA ALTA, İ ruido"
    found = classify(pilot, None, text)
    assert [text[start:end] for start, end in found.matched] == ["MU\u0301SICA ALTA", "ruido"]


def test_the_longest_keyword_counts_and_shorter_ones_within_it_do_not() -> None:
    index = KeywordIndex.of({"theft": ["stolen"], "car": ["stolen car"], "both": ["stolen", "--"]})
    assert [hit.types for hit in index.search("Stolen car? stolen.")] == [
        ("car",),
        ("theft", "both"),
    ]


@given(text=ANY_TEXT, declared=st.none() | ANY_TEXT)
def test_no_text_whatever_raises(pilot: AgencyProfile, text: str, declared: str | None) -> None:
    found = classify(pilot, declared, text)
    assert found.type
    assert all(0 <= start < end <= len(text) for start, end in found.matched)


@given(text=ANY_TEXT)
def test_folding_keeps_a_place_for_everything(text: str) -> None:
    folded, places = fold(text)
    assert len(places) == len(folded) + 1
    assert places[len(folded)] == len(text)
    assert list(places) == sorted(places)


def test_a_very_long_text_takes_time_in_proportion(pilot: AgencyProfile) -> None:
    started = perf_counter()
    classify(pilot, None, "my car was stole my car was " * 10_000)
    assert perf_counter() - started < 2
