"""A text as words with their places in it: folded to plain lower-case letters, sentences kept apart."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import decomposition

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[.!?;\n]+")
END = "."
"""What every mark that ends a sentence becomes."""


class _Folding(dict[int, str]):
    """One character for one, so that places in the folded text are places in the text."""

    def __missing__(self, code: int) -> str:
        letter = chr(code).lower()
        base = decomposition(letter).partition(" ")[0] if len(letter) == 1 else ""
        if base and not base.startswith("<"):
            letter = chr(int(base, 16))
        folded = self[code] = letter if len(letter) == 1 else " "
        return folded


_folding = _Folding({ord(mark): "'" for mark in "’‘`´ʼ"})


class Words(NamedTuple):
    """The words and where each begins and ends; a mark that ends a sentence is one word, `END`."""

    texts: list[str]
    spans: list[tuple[int, int]]


def words_of(text: str) -> Words:
    """The words of any text, however odd. Apostrophes inside words are left out: isnt, hes."""
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in WORD.finditer(text.translate(_folding)):
        word = found.group()
        texts.append(word.replace("'", "") if word[0].isalnum() else END)
        spans.append(found.span())
    return Words(texts, spans)
