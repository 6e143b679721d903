"""Layer L2: a linear score of a text's words and signs, learned from labelled texts.

Integer arithmetic, so that the score is the same on every machine. Every feature has a weight and a
size (rare features are large). A run of sentences scores the sum of its weights divided by the
square root of the sum of its sizes; a text scores as its worst run, so that harmless sentences
around a danger do not lower the score. tests/safety/training.py computes the weights and decides
which phrases of the lexicon divert alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.hazards.lexicon import lexicon
from services.hazards.tokens import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    _Pairs = dict[str, tuple[int, int]]

PIECE = 4
"""Letters of a word piece; pieces make the score tolerate misspellings."""
FIRST, LAST = "^", "$"
MOST_REMEMBERED = 20_000
LONGEST_RUN = 4
"""Most sentences of a run that is scored by itself, besides the runs from the first sentence."""
SIZE_SCALE = 100
"""Factor that makes sizes integers."""
SMOOTHING_SIZE = 400_000
"""Size added to every run, so that a few words do not score high."""
NO_WEIGHT = (0, 0)
WEIGHTS = Path(__file__).parent / "learned.json"
PAIR, MEANT, LATER = range(3)
BOUNDS = (FIRST, LAST)
NO_PAIRS: _Pairs = {}


class Learned(msgspec.Struct, frozen=True):
    """The learned weights and the thresholds of the score, in thousandths."""

    prior: int
    ask: int
    """From this score on the outcome is at least "confirm"."""
    divert: int
    sure: tuple[str, ...]
    """Keys of the phrases that rarely occur in harmless texts; all other phrases are signs."""
    weights: dict[str, tuple[int, int]]


class Worst(NamedTuple):
    """The score of the worst run of sentences, and the indexes of its first and last word."""

    score: int
    first: int
    last: int


class _Word(NamedTuple):
    """The weight of a word by itself, and of its pairs with each following word."""

    weight: int
    size: int
    meant: str
    then: _Pairs
    meant_then: _Pairs
    meant_later: _Pairs
    """Pairs of concepts with one word between them."""


class _Sum(NamedTuple):
    """Cumulative weight and size up to a sentence, and the indexes of its first and last word."""

    weight: int
    size: int
    first: int
    last: int


NO_WORD = _Word(0, 0, "", NO_PAIRS, NO_PAIRS, NO_PAIRS)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores texts; caches the weight of each word."""

    learned: Learned
    concepts: Mapping[str, tuple[str, ...]]
    _known: dict[str, _Word] = field(default_factory=dict)
    _pairs: tuple[dict[str, _Pairs], ...] = field(init=False)
    sure: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Index the learned weights of word pairs by their first word."""
        object.__setattr__(self, "_pairs", _pairs_of(self.learned.weights))
        object.__setattr__(self, "sure", frozenset(self.learned.sure))

    def worst(self, words: Sequence[str], signs: Mapping[int, Iterable[str]]) -> Worst:
        """The worst run of sentences. `signs`: further features, by the sentence's index."""
        sums = [_Sum(0, 0, 0, 0)]
        weight = size = 0
        for number, (first, sentence) in enumerate(sentences_of(words)):
            if not sentence:
                continue
            more = self._weigh_sentence(sentence, signs.get(number, ()))
            weight, size = weight + more[0], size + more[1]
            sums.append(_Sum(weight, size, first, first + len(sentence) - 1))
        return max(self._runs(sums), default=Worst(self.learned.prior, 0, 0))

    def _runs(self, sums: Sequence[_Sum]) -> Iterator[Worst]:
        """Every run of up to LONGEST_RUN sentences, and all from the first sentence; appending text
        removes none.
        """
        prior, root = self.learned.prior, isqrt(SIZE_SCALE)
        for end in range(1, len(sums)):
            upto = sums[end]
            for start in {0, *range(max(0, end - LONGEST_RUN), end)}:
                before = sums[start]
                length = isqrt(upto.size - before.size + SMOOTHING_SIZE)
                score = prior + (upto.weight - before.weight) * root // length
                yield Worst(score, sums[start + 1].first, upto.last)

    def _weigh_sentence(self, words: Sequence[str], signs: Iterable[str]) -> tuple[int, int]:
        """The summed weight and size of a sentence."""
        known, read = self._known, self._read
        weight = size = 0
        before, last = read(FIRST), NO_WORD
        for word in (*words, LAST):
            here = known.get(word) or read(word)
            weight += here.weight
            size += here.size
            for found in (
                before.then.get(word),
                before.meant_then.get(here.meant),
                last.meant_later.get(here.meant),
            ):
                if found:
                    weight += found[0]
                    size += found[1]
            last, before = before, here
        for sign in signs:
            found = self.learned.weights.get(sign)
            if found:
                weight += found[0]
                size += found[1]
        return weight, size

    def _read(self, word: str) -> _Word:
        if word in self._known:
            return self._known[word]
        meant = self.concepts.get(word, (word,))[0]
        own = () if word in BOUNDS else features_of_word(word, self.concepts)
        found = [self.learned.weights.get(each, NO_WEIGHT) for each in own]
        read = _Word(
            weight=sum(one[0] for one in found),
            size=sum(one[1] for one in found),
            meant=meant,
            then=self._pairs[PAIR].get(word, NO_PAIRS),
            meant_then=self._pairs[MEANT].get(meant, NO_PAIRS),
            meant_later=self._pairs[LATER].get(meant, NO_PAIRS),
        )
        if len(self._known) < MOST_REMEMBERED:
            self._known[word] = read
        return read


def _pairs_of(weights: Mapping[str, tuple[int, int]]) -> tuple[dict[str, _Pairs], ...]:
    """The features of two words, by the first and then by the second word."""
    found: tuple[dict[str, _Pairs], ...] = ({}, {}, {})
    for feature, weighed in weights.items():
        meant = feature.startswith("<")
        for kind, parted in ((MEANT, " "), (LATER, "_")) if meant else ((PAIR, " "),):
            one, between, other = feature.strip("<>").partition(parted)
            if between and one and other:
                found[kind].setdefault(one, {})[other] = weighed
                break
    return found


def sentences_of(words: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Each sentence, empty ones included, with the index of its first word."""
    first = 0
    for place, word in enumerate(words):
        if word == END:
            yield first, words[first:place]
            first = place + 1
    yield first, words[first:]


def features_of(words: Sequence[str], concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Every feature of a sentence, with repeats; shared by training and scoring."""
    for word in words:
        yield from features_of_word(word, concepts)
    yield from features_of_order(words, concepts)


def features_of_order(
    words: Sequence[str], concepts: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Pairs of neighbouring words, of their concepts, and of concepts one word apart."""
    bounded = (FIRST, *words, LAST)
    meant = [concepts.get(word, (word,))[0] for word in bounded]
    for one, other in pairwise(bounded):
        yield f"{one} {other}"
    for one, other in pairwise(meant):
        yield f"<{one} {other}>"
    for one, other in zip(meant, meant[2:], strict=False):
        yield f"<{one}_{other}>"


def features_of_word(word: str, concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The features of one word: itself, its concepts, and its pieces."""
    yield word
    yield from (f"<{concept}>" for concept in concepts.get(word, ()))
    bounded = f"_{word}_"
    yield from (f"#{bounded[at : at + PIECE]}" for at in range(max(1, len(bounded) - PIECE + 1)))


@cache
def scorer() -> Scorer:
    """The scorer with the learned weights, loaded once."""
    learned = msgspec.json.decode(WEIGHTS.read_bytes(), type=Learned)
    return Scorer(learned, lexicon().concepts)
