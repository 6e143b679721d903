"""Finding key words in free text, regardless of accents, case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Keyword:
    """One or more consecutive words, and the types they indicate."""

    words: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyword found: from `start` up to but not including `end` of the text as given."""

    start: int
    end: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeywordIndex:
    """The keywords by their first word, the longest first."""

    by_first_word: Mapping[str, tuple[Keyword, ...]]

    @staticmethod
    def of(keywords_of_types: Mapping[str, Sequence[str]]) -> KeywordIndex:
        """An index of these keywords; one without a word in it is left out."""
        types_of: dict[tuple[str, ...], list[str]] = {}
        for type_, keywords in keywords_of_types.items():
            for words in dict.fromkeys(tuple(WORD.findall(fold(one)[0])) for one in keywords):
                types_of.setdefault(words, []).append(type_)
        by_first_word: dict[str, list[Keyword]] = {}
        for words in sorted(filter(None, types_of), key=len, reverse=True):
            keyword = Keyword(words, tuple(types_of[words]))
            by_first_word.setdefault(words[0], []).append(keyword)
        return KeywordIndex({first: tuple(found) for first, found in by_first_word.items()})

    def search(self, text: str) -> Iterator[Hit]:
        """The hits from left to right, never overlapping, the longest at each position.

        Linear in the text: each word is compared only with the keywords that begin with it.
        """
        folded, places = fold(text)
        found = list(WORD.finditer(folded))
        words = [match.group() for match in found]
        position = 0
        while position < len(words):
            known = words[position] in self.by_first_word
            keyword = self._at(words, position) if known else None
            if keyword is None:
                position += 1
                continue
            last = position + len(keyword.words) - 1
            yield Hit(places[found[position].start()], places[found[last].end()], keyword.types)
            position = last + 1

    def _at(self, words: list[str], position: int) -> Keyword | None:
        for keyword in self.by_first_word.get(words[position], ()):
            if tuple(words[position : position + len(keyword.words)]) == keyword.words:
                return keyword
        return None


def fold(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and accents, and the original position of each character."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    pieces = [_fold_character(character) for character in text]
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*places, len(text)]


def words_of(text: str) -> list[str]:
    """The words of a text without case, accents and punctuation."""
    return WORD.findall(fold(text)[0])


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one))
