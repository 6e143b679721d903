"""Layer L2: a linear score of a text's words, learned from our own texts; it asks, never diverts.

Integer weights, the same on every machine. A sentence scores the sum of its features' weights
divided by the square root of how many it has; a text scores as its worst sentence. The weights come
from tests/safety/training.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.hazards.lexicon import lexicon
from services.hazards.tokens import END

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PIECE = 4
"""Letters of a piece of a word; pieces forgive spelling."""
FIRST, LAST = "^", "$"
MOST_REMEMBERED = 20_000
SCALE = 1 << 16
WEIGHTS = Path(__file__).parent / "learned.json"


class Learned(msgspec.Struct, frozen=True):
    """What was learned: weights in thousandths, and the score from which a text is asked about."""

    prior: int
    threshold: int
    weights: dict[str, int]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores texts; what a word weighs by itself is remembered."""

    learned: Learned
    concepts: Mapping[str, tuple[str, ...]]
    _known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def asks(self, words: Sequence[str]) -> bool:
        """Whether the worst sentence, or all of them together, reaches the threshold."""
        least = self.learned.threshold
        if self.score([word for word in words if word != END]) >= least:
            return True
        return any(self.score(sentence) >= least for sentence in _sentences(words) if sentence)

    def score(self, words: Sequence[str]) -> int:
        """The score of these words, in thousandths."""
        get, concepts = self.learned.weights.get, self.concepts
        total = count = 0
        for word in words:
            weight, features = self._known.get(word) or self._weigh(word)
            total += weight
            count += features
        bounded = (FIRST, *words, LAST)
        for one, other in pairwise(bounded):
            total += get(f"{one} {other}", 0)
        meant = [concepts.get(word, (word,))[0] for word in bounded]
        for one, other in pairwise(meant):
            total += get(f"<{one} {other}>", 0)
        for one, other in zip(meant, meant[2:], strict=False):
            total += get(f"<{one}_{other}>", 0)
        count += 3 * len(bounded) - 4
        return self.learned.prior + (total * isqrt(SCALE * SCALE // max(count, 1)) // SCALE)

    def _weigh(self, word: str) -> tuple[int, int]:
        features = list(features_of_word(word, self.concepts))
        get = self.learned.weights.get
        weighed = sum(get(each, 0) for each in features), len(features)
        if len(self._known) < MOST_REMEMBERED:
            self._known[word] = weighed
        return weighed


def features_of(words: Sequence[str], concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Every feature of a text, as often as it occurs: what training and scoring both count."""
    for word in words:
        yield from features_of_word(word, concepts)
    bounded = (FIRST, *words, LAST)
    meant = [concepts.get(word, (word,))[0] for word in bounded]
    yield from (f"{one} {other}" for one, other in pairwise(bounded))
    yield from (f"<{one} {other}>" for one, other in pairwise(meant))
    yield from (f"<{one}_{other}>" for one, other in zip(meant, meant[2:], strict=False))


def features_of_word(word: str, concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The word, what it stands for, and its pieces."""
    yield word
    yield from (f"<{concept}>" for concept in concepts.get(word, ()))
    bounded = f"_{word}_"
    yield from (f"#{bounded[at : at + PIECE]}" for at in range(max(1, len(bounded) - PIECE + 1)))


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        if word == END:
            yield sentence
            sentence = []
        else:
            sentence.append(word)
    if len(sentence) < len(words):
        yield sentence


@cache
def scorer() -> Scorer:
    """The scorer with the learned weights, read once."""
    return Scorer(msgspec.json.decode(WEIGHTS.read_bytes(), type=Learned), lexicon().concepts)
