"""Phrases of a lexicon, compiled once, found in a list of words.

`a|b` is either word, `in_the` a choice of several words, `word*` any word that begins so, `word?`
may be absent, `~` stands for up to four words of the same sentence, `{name}` for a list.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from services.hazards.tokens import END

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GAP = 4
PREFIX = 3
"""Letters by which words with any ending are looked up."""


class PhraseError(ValueError):
    """A phrase of a lexicon that means nothing."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase. `gap`: up to four words may stand before it."""

    words: frozenset[str]
    beginnings: tuple[str, ...] = ()
    optional: bool = False
    gap: bool = False

    def takes(self, word: str) -> bool:
        """Is this word one of those meant?"""
        if word in self.words:
            return True
        return bool(self.beginnings) and word.startswith(self.beginnings)


class Found(NamedTuple):
    """What a phrase means, and its words: from `first` up to and without `end`."""

    meaning: int
    first: int
    end: int


def parse(phrase: str, lists: Mapping[str, str]) -> list[tuple[Element, ...]]:
    """The places of a phrase, once for each choice of several words (`in_the`); PhraseError."""
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


@dataclass(slots=True)
class Index:
    """Phrases by the word they begin with."""

    by_word: dict[str, list[tuple[tuple[Element, ...], int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_beginning: dict[str, list[tuple[tuple[Element, ...], int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, elements: tuple[Element, ...], meaning: int) -> None:
        """Let it be found."""
        for word in elements[0].words:
            self.by_word[word].append((elements[1:], meaning))
        for beginning in elements[0].beginnings:
            self.by_beginning[beginning[:PREFIX]].append((elements, meaning))

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Every phrase in the words, each at its shortest."""
        by_word, by_beginning = self.by_word, self.by_beginning
        for first, word in enumerate(words):
            for rest, meaning in by_word.get(word, ()):
                end = _match(rest, 0, words, first + 1)
                if end:
                    yield Found(meaning, first, end)
            for elements, meaning in by_beginning.get(word[:PREFIX], ()):
                if elements[0].takes(word):
                    end = _match(elements, 1, words, first + 1)
                    if end:
                        yield Found(meaning, first, end)


def _match(elements: tuple[Element, ...], at: int, words: Sequence[str], place: int) -> int:
    """Where the phrase ends that has come as far as element `at`; 0 when it does not go on."""
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
