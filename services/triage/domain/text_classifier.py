"""A linear text classifier in integers: exact, explainable, the same on every machine.

The score of a label is its prior plus the weights of all features, divided by the square root of
their number. The weights of all labels are packed into one long integer, a lane for each, so that
one addition adds them all. The weights of each word are cached.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from math import isqrt
from typing import TYPE_CHECKING, Final

from services.triage.domain.likelihood import shares
from services.triage.domain.words import END, START, WORD_WEIGHS, pieces_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANE_BITS: Final = 64
HALF: Final = 1 << LANE_BITS - 1
SCALE_BITS: Final = 16
MOST_REMEMBERED: Final = 20_000
MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Contribution:
    """A text position's contribution to the score; `start` and `end` are in the text."""

    start: int
    end: int
    milli_nats: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The best label and the next, probabilities in thousandths, and the parts of the score.

    `prior`, the contributions and `rest` add up to `score`, exactly.
    """

    label: str
    probability: int
    runner_up: str | None
    runner_up_probability: int
    score: int
    prior: int
    contributions: tuple[Contribution, ...]
    rest: int


@dataclass(frozen=True)
class TextClassifier:
    """Labels with their priors, and the weight of each feature for each label, in milli-nats."""

    labels: tuple[str, ...]
    priors: tuple[int, ...]
    weights: Mapping[str, int]
    """Feature to packed weights; see `pack`."""
    _words: dict[str, tuple[int, int, list[int]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def classify(
        self, text: str, known_words: Sequence[tuple[str, int, int]] | None = None
    ) -> Scored:
        """The best label. Never raises; a text without words is classified by the priors alone.

        `known_words`: the words of the text, if they have been split already.
        """
        found = words_of(text) if known_words is None else known_words
        words = [word for word, _, _ in found]
        total, count = self._total(words)
        scale = scale_of(count)
        scores = self._scores(total, scale)
        probabilities = shares(scores)
        best = scores.index(max(scores))
        second = max(
            (i for i in range(len(scores)) if i != best), key=scores.__getitem__, default=None
        )
        reasons = self._contributions(found, best, scale)
        prior = self.priors[best]
        return Scored(
            label=self.labels[best],
            probability=probabilities[best],
            runner_up=None if second is None else self.labels[second],
            runner_up_probability=0 if second is None else probabilities[second],
            score=scores[best],
            prior=prior,
            contributions=reasons,
            rest=scores[best] - prior - sum(reason.milli_nats for reason in reasons),
        )

    def probabilities(self, text: str) -> dict[str, int]:
        """The probability of every label, in thousandths."""
        total, count = self._total([word for word, _, _ in words_of(text)])
        scores = self._scores(total, scale_of(count))
        return dict(zip(self.labels, shares(scores), strict=True))

    def _total(self, words: Sequence[str]) -> tuple[int, int]:
        """The packed sum over all features, and the number of features."""
        total, count, get, before = 0, 0, self.weights.get, START
        for word in words:
            weight, features, _ = self._words.get(word) or self._weigh(word)
            total += weight
            if pair := get(f"{before} {word}"):
                total += WORD_WEIGHS * pair
            count += features + WORD_WEIGHS
            before = word
        return total + WORD_WEIGHS * get(f"{before} {END}", 0), count + WORD_WEIGHS

    def _weigh(self, word: str) -> tuple[int, int, list[int]]:
        """A word's packed weights, its number of features, and its weights by label."""
        pieces = pieces_of(word)
        packed = sum(self.weights.get(piece, 0) for piece in pieces)
        weighed = packed, len(pieces), unpack(packed, len(self.labels))
        if len(self._words) < MOST_REMEMBERED:
            self._words[word] = weighed
        return weighed

    def _scores(self, total: int, scale: int) -> list[int]:
        return [
            prior + (weight * scale >> SCALE_BITS)
            for prior, weight in zip(self.priors, unpack(total, len(self.labels)), strict=True)
        ]

    def _contributions(
        self, found: Sequence[tuple[str, int, int]], label: int, scale: int
    ) -> tuple[Contribution, ...]:
        """The words with the greatest contributions to the label, each with the pair it ends."""
        get, before, contributions = self.weights.get, START, []
        for word, start, end in found:
            weight = (self._words.get(word) or self._weigh(word))[2][label]
            if pair := get(f"{before} {word}"):
                weight += WORD_WEIGHS * lane(pair, label)
            weight = weight * scale >> SCALE_BITS
            if weight:
                contributions.append((start, end, weight))
            before = word
        contributions.sort(key=lambda each: (-abs(each[2]), each[0]))
        return tuple(Contribution(*each) for each in contributions[:MOST_REASONS])


def scale_of(features: int) -> int:
    """The inverse square root of a number of features, in units of 2^-16."""
    return isqrt((1 << 2 * SCALE_BITS) // max(features, 1))


def pack(weights: Mapping[int, int]) -> int:
    """Weights by label as one integer; sums of such integers are the packed sums."""
    return sum(weight << LANE_BITS * place for place, weight in weights.items())


def unpack(packed: int, lanes: int) -> list[int]:
    """The weights of all labels."""
    raised = (packed + _middle(lanes)).to_bytes(lanes * LANE_BITS // 8, "little")
    return [each - HALF for each in struct.unpack(f"<{lanes}Q", raised)]


def lane(packed: int, place: int) -> int:
    """The weight of one label."""
    raised = packed + _middle(place + 1)
    return ((raised >> LANE_BITS * place) & ((1 << LANE_BITS) - 1)) - HALF


@cache
def _middle(lanes: int) -> int:
    """Half a lane's range in every lane; added, it makes all lanes positive."""
    return pack(dict.fromkeys(range(lanes), HALF))
