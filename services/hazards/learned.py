"""Layer L2: a linear score of a text's words and signs of danger, learned from texts with answers.

Integer weights, the same on every machine. Every feature known to the score has a weight and a size
(what is rare is large); a run of sentences scores its weights divided by the root of its sizes, and
a text scores as its worst run: what is said around a danger does not bury it. The weights come from
tests/safety/training.py, and so does which phrases of the lexicon are sure enough to divert alone.
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
"""Letters of a piece of a word; pieces forgive spelling."""
FIRST, LAST = "^", "$"
MOST_REMEMBERED = 20_000
LONGEST_RUN = 4
"""Sentences of a run that is scored by itself, besides the whole."""
SIZE = 100
"""What a size is multiplied by, to be an integer."""
LITTLE = 400_000
"""Size added to every run: few words are little to go by."""
NOTHING = (0, 0)
WEIGHTS = Path(__file__).parent / "learned.json"
PAIR, MEANT, LATER = range(3)
BOUNDS = (FIRST, LAST)
NO_PAIRS: _Pairs = {}


class Learned(msgspec.Struct, frozen=True):
    """What was learned: weights in thousandths with sizes, and the scores that mean something."""

    prior: int
    ask: int
    """From this score on a person is asked."""
    divert: int
    sure: tuple[str, ...]
    """Keys of the phrases that are hardly ever in a harmless text; the others are signs."""
    weights: dict[str, tuple[int, int]]


class Worst(NamedTuple):
    """The score of the worst run of sentences, and its first and last word."""

    score: int
    first: int
    last: int


class _Word(NamedTuple):
    """What a word weighs by itself, and before each other word."""

    weight: int
    size: int
    meant: str
    then: _Pairs
    meant_then: _Pairs
    meant_later: _Pairs
    """With one word between."""


class _Sum(NamedTuple):
    """The weights and sizes of all sentences so far, and the words of this one."""

    weight: int
    size: int
    first: int
    last: int


NOBODY = _Word(0, 0, "", NO_PAIRS, NO_PAIRS, NO_PAIRS)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores texts; what a word weighs by itself is remembered."""

    learned: Learned
    concepts: Mapping[str, tuple[str, ...]]
    _known: dict[str, _Word] = field(default_factory=dict)
    _pairs: tuple[dict[str, _Pairs], ...] = field(init=False)
    sure: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Sort what was learned by how it is looked up."""
        object.__setattr__(self, "_pairs", _pairs_of(self.learned.weights))
        object.__setattr__(self, "sure", frozenset(self.learned.sure))

    def worst(self, words: Sequence[str], signs: Mapping[int, Iterable[str]]) -> Worst:
        """The worst run of sentences. `signs`: what else was found, by the sentence's number."""
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
        """Every short run, and all up to each sentence: more text takes none of them away."""
        prior, root = self.learned.prior, isqrt(SIZE)
        for end in range(1, len(sums)):
            upto = sums[end]
            for start in {0, *range(max(0, end - LONGEST_RUN), end)}:
                before = sums[start]
                length = isqrt(upto.size - before.size + LITTLE)
                score = prior + (upto.weight - before.weight) * root // length
                yield Worst(score, sums[start + 1].first, upto.last)

    def _weigh_sentence(self, words: Sequence[str], signs: Iterable[str]) -> tuple[int, int]:
        """The weights and the sizes of a sentence."""
        known, read = self._known, self._read
        weight = size = 0
        before, last = read(FIRST), NOBODY
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
        found = [self.learned.weights.get(each, NOTHING) for each in own]
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
    """The features of two words, each by the first and then by the second."""
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
    """Each sentence, empty ones too, and the place of its first word."""
    first = 0
    for place, word in enumerate(words):
        if word == END:
            yield first, words[first:place]
            first = place + 1
    yield first, words[first:]


def features_of(words: Sequence[str], concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Every feature of a sentence, as often as it occurs: what training and scoring both count."""
    for word in words:
        yield from features_of_word(word, concepts)
    yield from features_of_order(words, concepts)


def features_of_order(
    words: Sequence[str], concepts: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Words beside each other, and what they stand for, beside each other or one word between."""
    bounded = (FIRST, *words, LAST)
    meant = [concepts.get(word, (word,))[0] for word in bounded]
    for one, other in pairwise(bounded):
        yield f"{one} {other}"
    for one, other in pairwise(meant):
        yield f"<{one} {other}>"
    for one, other in zip(meant, meant[2:], strict=False):
        yield f"<{one}_{other}>"


def features_of_word(word: str, concepts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The word, what it stands for, and its pieces."""
    yield word
    yield from (f"<{concept}>" for concept in concepts.get(word, ()))
    bounded = f"_{word}_"
    yield from (f"#{bounded[at : at + PIECE]}" for at in range(max(1, len(bounded) - PIECE + 1)))


@cache
def scorer() -> Scorer:
    """The scorer with the learned weights, read once."""
    learned = msgspec.json.decode(WEIGHTS.read_bytes(), type=Learned)
    return Scorer(learned, lexicon().concepts)
