"""What one searches by, brought to one form, so that different ways of writing meet. Pure.

Telephone numbers: NANP (North America) without a country code, any other country with `+`; no check
that such a number exists. Plates: letters and digits only. Addresses: without regard to case.
Names: their words in any order, without accents and initials. Places: house number and street.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.intake import Contact, Statement

Kind = Literal["phone", "email", "plate", "name", "place"]
KINDS: tuple[Kind, ...] = get_args(Kind)
HASH_BYTES = 16
MOST_NAMES = 4
ABBREVIATED = {
    "street": "st",
    "road": "rd",
    "avenue": "ave",
    "av": "ave",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "boulevard": "blvd",
    "place": "pl",
    "parkway": "pkwy",
    "highway": "hwy",
    "circle": "cir",
    "terrace": "ter",
    "turnpike": "tpke",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}
WORDS = re.compile(r"[^\W_]+")
EXTENSION = re.compile(r"(?:x|ext\.?|#)\s*\d{1,6}\s*$", re.IGNORECASE)
NANP = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")
ABROAD = re.compile(r"[1-9]\d{6,14}")
ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,253}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One searchable value in its one form."""

    kind: Kind
    form: str

    def hashed(self, key: bytes) -> bytes:
        """What stands in the index: HMAC-SHA-256, shortened to 16 bytes."""
        text = f"{self.kind}\x00{self.form}".encode()
        return hmac.digest(key, text, "sha256")[:HASH_BYTES]


def identifier(kind: Kind, given: str) -> Identifier | None:
    """The identifier in what somebody wrote; None when there is none of this kind."""
    text = unicodedata.normalize("NFKC", given).strip()
    read = {"phone": _phone, "email": _email, "plate": _plate, "name": _name, "place": _place}
    form = read[kind](text)
    return Identifier(kind, form) if form else None


def _phone(text: str) -> str | None:
    text = EXTENSION.sub("", text).strip()
    digits = "".join(character for character in text if "0" <= character <= "9")
    if text.startswith("+") and not digits.startswith("1"):
        return f"+{digits}" if ABROAD.fullmatch(digits) else None
    found = NANP.fullmatch(digits)
    return f"+1{found[1]}" if found else None


def _email(text: str) -> str | None:
    return text.casefold() if ADDRESS.fullmatch(text) else None


def _plate(text: str) -> str | None:
    letters = "".join(character for character in text.upper() if character.isalnum())
    return letters if 2 <= len(letters) <= 10 else None


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return WORDS.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


def _names(text: str) -> list[str]:
    return sorted({word for word in _words(text) if len(word) > 1})[:MOST_NAMES]


def _name(text: str) -> str | None:
    return " ".join(_names(text)) or None


def _place(text: str) -> str | None:
    words = [ABBREVIATED.get(word, word) for word in _words(text.partition(",")[0])]
    return " ".join(words) if len(words) > 1 else None


def _all_of_name(text: str) -> Iterator[Identifier]:
    """Each two of a person's names, and all of them: few give every one."""
    names = _names(unicodedata.normalize("NFKC", text))
    forms = {" ".join(pair) for pair in combinations(names, 2)} | {" ".join(names)}
    yield from (Identifier("name", form) for form in sorted(forms - {""}))


def identifiers_of_contact(contact: Contact) -> Iterator[Identifier]:
    """Those of whom to contact."""
    found = (
        identifier("phone", contact.phone or ""),
        identifier("email", contact.email or ""),
    )
    yield from (each for each in found if each)
    yield from _all_of_name(contact.name or "")


def identifiers_of_statement(statement: Statement) -> Iterator[Identifier]:
    """Those of the place and of the vehicles somebody described."""
    if place := identifier("place", statement.location_text or ""):
        yield place
    for vehicle in statement.vehicles:
        if found := identifier("plate", vehicle.plate or ""):
            yield found
