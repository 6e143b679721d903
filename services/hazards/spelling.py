"""Misspelt words of danger, mapped to the words that were meant."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 7
"""Fewest letters of a word whose misspellings are rarely other words."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
REPEATED_LETTER = re.compile(r"([a-z])\1{2,}")
"""A repeated letter: "helppp"."""


@cache
def corrections() -> dict[str, str]:
    """Misspelt word to the intended word; computed once."""
    document = tomllib.loads((Path(__file__).parent / "spellings.toml").read_text())
    keys = _words(document["keys"])
    slips = {slip: key for key in sorted(keys) if len(key) >= LONG for slip in _misspellings(key)}
    same = {slip: word for word, slips_of in document["same"].items() for slip in slips_of.split()}
    kept = _words(document["words"]) | keys
    return {slip: word for slip, word in (slips | same).items() if slip not in kept}


def without_repeats(word: str) -> str:
    """The word with runs of repeated letters shortened."""
    return REPEATED_LETTER.sub(r"\1", word)


def _words(lists: dict[str, str]) -> set[str]:
    return {word for words in lists.values() for word in words.split()}


def _misspellings(word: str) -> Iterator[str]:
    """Every word at edit distance one that keeps the first letter."""
    for at in range(1, len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in LETTERS:
            yield before + letter + after[1:]
            yield before + letter + after
