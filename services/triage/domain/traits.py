"""The traits of a report that are compared with other reports; tokens instead of words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from services.agency.keywords import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

ADDRESS_PART: Final = re.compile(r"[^\W_]+")
SHORTEST_TERM: Final = 3
MOST_TERMS: Final = 48
RARE: Final = 800
"""The weight of a word that is not in the bundle, in hundredths of nats."""


@dataclass(frozen=True, slots=True)
class Traits:
    """One report's traits.

    `terms`, `plates`, `contacts` and `address` are tokens: the values themselves within one
    process, keyed hashes when read from a table. `north` and `east` are ten-millionths of degrees,
    `minute` is the minute of the incident since 1970.
    """

    report_id: UUID
    report_number: str
    type: str
    group: str | None
    minute: int
    received_at: datetime
    north: int | None = None
    east: int | None = None
    anchor: UUID | None = None
    """The first report of its incident; None until it is decided."""
    address: int | str | None = None
    terms: frozenset[int | str] = frozenset()
    norm: int = 0
    """The sum of the squares of the terms' weights."""
    plates: frozenset[int | str] = frozenset()
    plates_alike: frozenset[int | str] = frozenset()
    contacts: frozenset[int | str] = frozenset()
    cites: frozenset[str] = frozenset()
    """Report numbers in the text."""
    house: int | str | None = None
    """The house or unit number at the beginning of the place."""
    exercise: bool = False
    """An exercise is never a duplicate of a live report."""


def minute_of(moment: datetime) -> int:
    """The minute since 1970."""
    return int(moment.timestamp()) // 60


def terms_of(words: Iterable[str], weigh: Mapping[str, int], type_name: str) -> dict[str, int]:
    """The distinctive words with their weights, without the words of the type's name."""
    dull = _words_of_a_name(type_name)
    found: dict[str, int] = {}
    for word in dict.fromkeys(words):
        if len(word) >= SHORTEST_TERM and word not in dull:
            found[word] = weigh.get(word, RARE)
            if len(found) == MOST_TERMS:
                break
    return found


@lru_cache(maxsize=1024)
def _words_of_a_name(name: str) -> frozenset[str]:
    return frozenset(ADDRESS_PART.findall(fold(name)[0]))


def address_of(given: str | None) -> str | None:
    """An address without case, accents and punctuation; None when there is none."""
    parts = ADDRESS_PART.findall(fold(given or "")[0])
    return " ".join(parts) or None


def house_of(address: str | None) -> str | None:
    """The house number at the beginning of an address."""
    first = (address or "").partition(" ")[0]
    return first if first[:1].isdigit() else None
