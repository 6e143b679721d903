"""A text as words with their positions: folded to unaccented lower case, divided into sentences."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import decomposition

from services.hazards.spelling import REPEATED_LETTER, corrections, without_repeats

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[.!?;\n]+")
END = "."
"""The word that replaces every mark that ends a sentence."""


class _Folding(dict[int, str]):
    """Maps one character to one, so that positions in the folded text are positions in the text."""

    def __missing__(self, code: int) -> str:
        letter = chr(code).lower()
        base = decomposition(letter).partition(" ")[0] if len(letter) == 1 else ""
        if base and not base.startswith("<"):
            letter = chr(int(base, 16))
        folded = self[code] = letter if len(letter) == 1 else " "
        return folded


APOSTROPHES = (0x2019, 0x2018, 0x60, 0xB4, 0x2BC)
_folding = _Folding(dict.fromkeys(APOSTROPHES, "'"))


class Words(NamedTuple):
    """The words and where each begins and ends; a mark that ends a sentence is one word, `END`."""

    texts: list[str]
    spans: list[tuple[int, int]]


def words_of(text: str) -> Words:
    """The words of any text. Apostrophes are removed: isnt, hes."""
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    folded, known = text.translate(_folding), corrections()
    held = REPEATED_LETTER.search(folded)
    for found in WORD.finditer(folded):
        word = found.group()
        if word[0].isalnum():
            word = word.replace("'", "")
            word = without_repeats(word) if held else word
            word = known.get(word, word)
        else:
            word = END
        texts.append(word)
        spans.append(found.span())
    return Words(texts, spans)
