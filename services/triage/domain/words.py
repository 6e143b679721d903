"""The words of a text with their positions, and the classifier's features of each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from services.agency.keywords import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_WORDS: Final = 2_000
"""Later words are ignored for the type; hazards read the whole text."""
LONGEST_WORD: Final = 40
SHORTEST_NUMBER: Final = 3
FEWEST_LETTERS, MOST_LETTERS = 3, 5
START, END = "^", "$"
WORD_WEIGHS: Final = 2
"""Repeats of a whole word or a pair; a word piece counts once. Tuned on development data."""


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The first words, without case and accents, each with its start and end in `text`.

    A number of three or more digits is replaced by its length: plates and house numbers do not
    indicate a type and must not be learned.
    """
    folded, places = fold(text)
    matches = islice(WORD.finditer(folded), MOST_WORDS)
    found = [(match.group(), match.start(), match.end()) for match in matches]
    shaped = [
        (word if word.isalpha() and len(word) <= LONGEST_WORD else _shape(word), start, end)
        for word, start, end in found
    ]
    if text.isascii():
        return shaped
    return [(word, places[start], places[end]) for word, start, end in shaped]


def _shape(word: str) -> str:
    """A word cut to the greatest length; a number replaced by its length."""
    word = word[:LONGEST_WORD]
    return "0" * len(word) if word.isdigit() and len(word) >= SHORTEST_NUMBER else word


def pieces_of(word: str) -> list[str]:
    """The features of one word by itself: the word, then its runs of three to five letters."""
    padded = f" {word} "
    pieces = [word] * WORD_WEIGHS
    for letters in range(FEWEST_LETTERS, MOST_LETTERS + 1):
        pieces += [f"~{padded[i : i + letters]}" for i in range(len(padded) - letters + 1)]
    return pieces


def pairs_of(words: Sequence[str]) -> Iterator[str]:
    """Neighbouring words, with the start and the end of the text as neighbours."""
    before = START
    for word in (*words, END):
        yield f"{before} {word}"
        before = word


def features_of(text: str) -> list[str]:
    """All features of a text, with repeats."""
    words = [word for word, _, _ in words_of(text)]
    found = [piece for word in words for piece in pieces_of(word)]
    found += [pair for pair in pairs_of(words) for _ in range(WORD_WEIGHS)]
    return found
