"""A place description reduced to street keys that two descriptions of one street share. Pure."""

from __future__ import annotations

import re
import unicodedata

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
CROSSING = re.compile(r"\s*(?:&|/|\+|\band\b|\bat\b|\by\b|\bcon\b|\besquina\b|\bcorner\b)\s*")
NUMBER = re.compile(r"^(\d{1,6})[a-z]?\s+(?=\D)|\s+(\d{1,6})$")
WORDS = re.compile(r"[^\W_]+")
BLOCK = 100
ANYWHERE = "anywhere"


def stored_keys(text: str) -> set[str]:
    """Keys under which a reported place is stored."""
    street, block = _read(text)
    if not street:
        return set()
    own = f"{street}#{ANYWHERE}" if block is None else f"{street}#{block}"
    return {street, own}


def sought_keys(text: str) -> set[str]:
    """Keys of nearby places: the neighbouring blocks, or the whole street if there is no number."""
    street, block = _read(text)
    if not street:
        return set()
    if block is None:
        return {street}
    return {f"{street}#{near}" for near in (block - 1, block, block + 1, ANYWHERE)}


def _read(text: str) -> tuple[str, int | None]:
    """The street, or both streets of a crossing in sorted order, and the house number's block."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)
    )
    first = plain.partition(",")[0].strip()
    number = NUMBER.search(first)
    if number:
        first = NUMBER.sub(" ", first, count=1)
    parts = [_street(part) for part in CROSSING.split(first)]
    street = " & ".join(sorted(filter(None, parts)))
    if number is None or " & " in street:
        return street, None
    return street, int(number[1] or number[2]) // BLOCK


def _street(part: str) -> str:
    return " ".join(ABBREVIATED.get(word, word) for word in WORDS.findall(part))
