"""Details that together identify a report whose PIN is lost. Pure.

The contact of the reporting party, a family name, the type, and the day of filing. Each is
normalised, so that different spellings are equal.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from events.intake import Contact

WORD: Final = re.compile(r"[^\W_]+")
ADDRESS: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,253}")
FEWEST_DIGITS: Final = 7
COMPARED_DIGITS: Final = 10
SHORTEST_NAME: Final = 2
MOST_NAMES: Final = 6
NO_TYPE: Final = "-"
SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Details:
    """One combination of details, each normalised."""

    reached: str
    name: str
    type: str
    filed_on: str

    def __str__(self) -> str:
        return SEPARATOR.join((self.reached, self.name, self.type, self.filed_on))


def details_of(contact: Contact, report_type: str | None, filed_on: date) -> Iterator[Details]:
    """Every combination that finds a report: each contact with each family name."""
    ways = [reached(way) for way in (contact.phone, contact.email) if way]
    for way in dict.fromkeys(ways):
        for name in _family_names(contact.name or ""):
            if way:
                yield Details(way, name, report_type or NO_TYPE, filed_on.isoformat())


def details_given(way: str, name: str, report_type: str, filed_on: str) -> Details:
    """Details given by a person who looks for a report. Never raises: invalid ones match none."""
    words = _words(name)
    return Details(
        reached(way[:400]) or "",
        words[-1] if words else "",
        report_type[:100] or NO_TYPE,
        filed_on.strip()[:10],
    )


def reached(given: str) -> str | None:
    """A telephone number's last ten digits, or an e-mail address in lower case."""
    text = unicodedata.normalize("NFKC", given).strip()
    if ADDRESS.fullmatch(text):
        return text.casefold()
    digits = "".join(character for character in text if "0" <= character <= "9")
    return digits[-COMPARED_DIGITS:] if len(digits) >= FEWEST_DIGITS else None


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name[:200].casefold())
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return [word for word in WORD.findall(bare) if len(word) >= SHORTEST_NAME]


def _family_names(name: str) -> list[str]:
    """All words but the first, since a person may have two family names; a single word is one."""
    words = _words(name)
    return list(dict.fromkeys(words[1:] or words))[:MOST_NAMES]
