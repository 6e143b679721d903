"""Scores are exact, explained to the last milli-nat, and never an exception."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.likelihood import probability, shares
from services.triage.domain.text_classifier import (
    SCALE_BITS,
    TextClassifier,
    lane,
    pack,
    scale_of,
    unpack,
)
from services.triage.domain.words import features_of, words_of

A_CLASSIFIER = TextClassifier(
    ("animals", "noise", "parking"),
    (-300, 100, 0),
    {
        "dog": pack({0: 9_000, 1: -1_500}),
        "music": pack({1: 8_000, 2: -700}),
        "~park": pack({2: 4_000}),
        "loud music": pack({1: 5_000}),
        "^ dog": pack({0: -1}),
    },
)
ODD_TEXTS = [
    "",
    " ",
    "\x00",
    "🐕" * 50,
    "كلب ينبح طوال الليل",
    "собака лает DOG",
    "DOG DOG DOG",
    "dog " * 25_000,
    "x" * 100_000,
    "el perro ladra toda la noche y la música",
    "d0g brkng lowd musik uh the the",
    "\u202edog\u202c",
    "I\u0307stanbul music",
    "\ud800 music",
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_a_decision_is_always_made(text: str) -> None:
    found = A_CLASSIFIER.classify(text)
    assert found.label in A_CLASSIFIER.labels
    assert 0 <= found.runner_up_probability <= found.probability <= 1000


@given(st.text(alphabet="dogmusicpark lou", max_size=200))
def test_the_reasons_add_up_to_the_score(text: str) -> None:
    found = A_CLASSIFIER.classify(text)
    said = sum(each.milli_nats for each in found.contributions)
    assert found.prior + said + found.rest == found.score


@given(st.text(max_size=200) | st.text(alphabet="dogmusicpark lou", max_size=100))
def test_the_score_is_the_plain_sum_over_all_features(text: str) -> None:
    features = features_of(text)
    scale = scale_of(len(features))
    scores = [
        prior
        + (sum(lane(A_CLASSIFIER.weights.get(f, 0), i) for f in features) * scale >> SCALE_BITS)
        for i, prior in enumerate(A_CLASSIFIER.priors)
    ]
    found = A_CLASSIFIER.classify(text)
    assert found.score == max(scores)
    assert found.label == A_CLASSIFIER.labels[scores.index(max(scores))]


def test_a_reason_is_the_place_of_a_word_as_it_was_written() -> None:
    text = "ÀÉ, the  DÓG!"
    first = A_CLASSIFIER.classify(text).contributions[0]
    assert text[first.start : first.end] == "DÓG"


def test_plates_and_house_numbers_are_only_as_long_as_they_are() -> None:
    assert [word for word, _, _ in words_of("1234 and 12")] == ["0000", "and", "12"]


@given(st.dictionaries(st.integers(0, 9), st.integers(-(1 << 40), 1 << 40)))
def test_packed_weights_come_back(weights: dict[int, int]) -> None:
    packed = pack(weights)
    assert [weights.get(i, 0) for i in range(10)] == unpack(packed, 10)
    assert [weights.get(i, 0) for i in range(10)] == [lane(packed, i) for i in range(10)]


@given(st.lists(st.integers(-30_000, 30_000), min_size=1, max_size=20))
def test_shares_are_of_one_whole(scores: list[int]) -> None:
    found = shares(scores)
    assert 1000 - len(scores) <= sum(found) <= 1000
    assert found[scores.index(max(scores))] == max(found)


def test_known_probabilities() -> None:
    assert shares([0, 0]) == [500, 500]
    assert shares([1000, 0]) == [731, 268]
    assert (probability(0), probability(2944), probability(-2944)) == (500, 949, 50)
    assert Fraction(scale_of(4), 1 << SCALE_BITS) == Fraction(1, 2)
