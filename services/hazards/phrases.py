"""Phrases of a lexicon, compiled once and found in a list of words.

`a|b` is either word, `in_the` one alternative of several words, `word*` any word with this prefix,
`word?` an optional word, `~` up to four words of the same sentence, `{name}` any word of a list.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from services.hazards.tokens import END

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GAP = 4
MOST_REMEMBERED = 50_000
"""Words whose bits are cached."""
PREFIX = 3
"""Length of the prefix by which words with any ending are looked up."""


class PhraseError(ValueError):
    """A phrase of a lexicon has no valid form."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a phrase. `gap`: up to four words may stand before it."""

    words: frozenset[str]
    beginnings: tuple[str, ...] = ()
    optional: bool = False
    gap: bool = False

    def takes(self, word: str) -> bool:
        """Whether this word matches the element."""
        if word in self.words:
            return True
        return bool(self.beginnings) and word.startswith(self.beginnings)


class Found(NamedTuple):
    """The meaning of a phrase and where it was found: words from `first` up to but not including
    `end`.
    """

    meaning: int
    first: int
    end: int


def parse(phrase: str, lists: Mapping[str, str]) -> list[tuple[Element, ...]]:
    """The elements of a phrase, one list for each alternative of several words (`in_the`);
    PhraseError.
    """
    return [_places(variant, phrase, lists) for variant in _variants(phrase.split())]


def _variants(parts: Sequence[str]) -> list[list[str]]:
    if not parts:
        return [[]]
    single: list[str] = []
    several: list[str] = []
    for choice in parts[0].split("|"):
        (several if "_" in choice else single).append(choice)
    heads = [["|".join(single)]] if single else []
    heads += [choice.removesuffix("?").split("_") for choice in several]
    return [[*head, *rest] for rest in _variants(parts[1:]) for head in heads]


def _places(parts: Sequence[str], phrase: str, lists: Mapping[str, str]) -> tuple[Element, ...]:
    elements: list[Element] = []
    gap = False
    for part in parts:
        if part == "~":
            gap = True
            continue
        elements.append(_element(part, lists, gap=gap))
        gap = False
    if not elements or elements[0].gap or elements[0].optional:
        raise PhraseError(f"{phrase!r} has to begin with a word")
    if gap:
        raise PhraseError(f"{phrase!r} ends with a gap, which says nothing")
    return tuple(elements)


def _element(part: str, lists: Mapping[str, str], *, gap: bool) -> Element:
    optional = part.endswith("?")
    words: set[str] = set()
    beginnings: list[str] = []
    for choice in part.removesuffix("?").split("|"):
        if choice.startswith("{"):
            if choice[1:-1] not in lists:
                raise PhraseError(f"there is no list {choice}")
            words.update(lists[choice[1:-1]].split("|"))
        elif choice.endswith("*"):
            beginnings.append(choice[:-1])
        elif choice:
            words.add(choice)
    if any(len(beginning) < PREFIX for beginning in beginnings):
        raise PhraseError(f"{part!r}: at least {PREFIX} letters before a star")
    return Element(frozenset(words), tuple(beginnings), optional, gap)


class Phrase(NamedTuple):
    """A phrase: its elements, its meaning, and the bits of its required elements."""

    elements: tuple[Element, ...]
    meaning: int
    needs: int


@dataclass(slots=True)
class Index:
    """Phrases by their first word.

    Every distinct element is a bit. A phrase is compared only with texts whose words match all of
    its required elements, in any order; this rules out nearly all phrases early.
    """

    by_word: dict[str, list[Phrase]] = field(default_factory=lambda: defaultdict(list))
    by_beginning: dict[str, list[Phrase]] = field(default_factory=lambda: defaultdict(list))
    _bits: dict[Element, int] = field(default_factory=dict)
    _fills: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Word to the bits of the elements that it matches exactly."""
    _begins: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    """Prefix to the beginnings of words and the bits of their elements."""
    _known: dict[str, int] = field(default_factory=dict)
    """Cache: word of a text to the bits of all elements that it matches."""

    def add(self, elements: tuple[Element, ...], meaning: int) -> None:
        """Add a phrase with its meaning."""
        needs = 0
        for element in elements:
            if not element.optional:
                needs |= self._bit(Element(element.words, element.beginnings))
        phrase = Phrase(elements, meaning, needs)
        for word in elements[0].words:
            self.by_word[word].append(phrase)
        for beginning in elements[0].beginnings:
            self.by_beginning[beginning[:PREFIX]].append(phrase)

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Every phrase in the words, each with its shortest match."""
        have, known = 0, self._known.get
        for word in words:
            filled = known(word)
            have |= self._filled(word) if filled is None else filled
        lacking = ~have
        by_word, by_beginning = self.by_word, self.by_beginning
        for first, word in enumerate(words):
            for phrase in by_word.get(word, ()):
                if not phrase.needs & lacking:
                    end = _match(phrase.elements, 1, words, first + 1)
                    if end:
                        yield Found(phrase.meaning, first, end)
            for phrase in by_beginning.get(word[:PREFIX], ()):
                if not phrase.needs & lacking and phrase.elements[0].takes(word):
                    end = _match(phrase.elements, 1, words, first + 1)
                    if end:
                        yield Found(phrase.meaning, first, end)

    def _filled(self, word: str) -> int:
        filled = self._fills.get(word, 0)
        for beginning, bit in self._begins.get(word[:PREFIX], ()):
            if word.startswith(beginning):
                filled |= bit
        if len(self._known) < MOST_REMEMBERED:
            self._known[word] = filled
        return filled

    def _bit(self, element: Element) -> int:
        """The bit of an element; a new one is entered in the look-up tables."""
        bit = self._bits.get(element)
        if bit is None:
            bit = self._bits[element] = 1 << len(self._bits)
            for word in element.words:
                self._fills[word] |= bit
            for beginning in element.beginnings:
                self._begins[beginning[:PREFIX]].append((beginning, bit))
        return bit


def _match(elements: tuple[Element, ...], at: int, words: Sequence[str], place: int) -> int:
    """Index after the last word of the match, from element `at` on; 0 when there is none."""
    while at < len(elements):
        element = elements[at]
        last = min(len(words), place + (GAP if element.gap else 0) + 1)
        for here in range(place, last):
            word = words[here]
            if word == END:
                break
            if element.takes(word):
                end = _match(elements, at + 1, words, here + 1)
                if end:
                    return end
        if not element.optional:
            return 0
        at += 1
    return place
