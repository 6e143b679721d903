"""Registration plates as people write and mishear them. Pure."""

from __future__ import annotations

from typing import Final

ALIKE: Final = ("0ODQ", "1I", "2Z", "5S", "3B8", "EFP", "HKMR", "VYT")
"""Characters easily confused; each is replaced by the first of its row."""
_FOLDED: Final = str.maketrans({other: row[0] for row in ALIKE for other in row})
NO_PLATE: Final = frozenset(
    {
        "UNKNOWN",
        "UNK",
        "NONE",
        "NA",
        "NOPLATE",
        "NOPLATES",
        "TEMP",
        "TEMPTAG",
        "UNSURE",
        "NOTSURE",
        "DONTKNOW",
        "DESCONOCIDA",
        "DESCONOCIDO",
        "PARTIAL",
        "NULL",
        "XXX",
        "XXXX",
        "TEST",
    }
)
FEWEST, MOST = 4, 8


def plate_of(given: str | None) -> str | None:
    """Letters and digits only; None for anything but a whole plate, such as "unknown"."""
    plate = "".join(one for one in (given or "").upper() if one.isascii() and one.isalnum())
    if plate in NO_PLATE or not FEWEST <= len(plate) <= MOST or len(set(plate)) == 1:
        return None
    return plate


def confusable_form(plate: str) -> str:
    """Equal for plates that are easily confused."""
    return plate.translate(_FOLDED)
