"""What of a report is public: whether anything, its type, and its block. Pure.

A block is a cell of a fixed grid, so that averaging many answers gives no finer place. An address
is shown by its hundred block, only if the text is an address and nothing else.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from string import capwords
from typing import TYPE_CHECKING, Final

from events.envelope import Purpose

if TYPE_CHECKING:
    from events.intake import ReportSubmitted

BLOCK_DEGREES: Final = 0.002
"""A cell's side: about 220 m from south to north, 180 m from west to east at 37° N."""
SUFFIX = (
    r"(?:st|street|rd|road|ave|avenue|dr|drive|ln|lane|ct|court|cir|circle|blvd|boulevard|pl|place"
    r"|ter|terrace|pkwy|parkway|hwy|highway|tpke|turnpike|way|trl|trail|loop|sq|square)\.?"
)
NO_NAME = r"(?!(?:my|his|her|our|your|their|at|in|on|by|near|from|with|behind|outside)\b)"
"""Words that show that the text is a sentence and not an address."""
WORD = rf"{NO_NAME}[a-z][a-z'-]+"
STREET = rf"(?:[nsew]\.?\s+)?(?:{WORD}|[0-9]{{1,3}}(?:st|nd|rd|th))(?:\s+{WORD}){{0,2}}\s+{SUFFIX}"
ADDRESS: Final = re.compile(rf"\s*([0-9]{{1,5}})[a-z]?\s+({STREET})\s*(?:,.*)?", re.I | re.S)
CORNER: Final = re.compile(rf"\s*({STREET})\s*(?:&|/|and|at)\s*({STREET})\s*(?:,.*)?", re.I | re.S)
PRIVATE_RULE: Final = "domestic"
"""A hazard rule with this word in its name keeps the whole report out of public answers."""


@dataclass(frozen=True, slots=True)
class PublicFace:
    """The public part of a report; empty if nothing is shown."""

    shown: bool
    type: str | None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None


def public_face(report: ReportSubmitted, purpose: str) -> PublicFace:
    """The public part of a report; `statement` is not sealed yet.

    Emergencies, exercises, imports and reports shared by partners are never public.
    """
    private = any(PRIVATE_RULE in rule for rule in report.emergency.rules)
    urgent = report.emergency.outcome == "divert"
    if private or urgent or report.channel == "partner" or purpose != Purpose.LIVE:
        return PublicFace(shown=False, type=report.type)
    statement = report.statement.value
    return PublicFace(
        shown=True,
        type=report.type,
        latitude=block(report.latitude),
        longitude=block(report.longitude),
        address=hundred_block(statement.location_text) if statement else None,
    )


def block(degrees: float | None) -> float | None:
    """The centre of the grid cell, in degrees."""
    if degrees is None:
        return None
    return round((math.floor(degrees / BLOCK_DEGREES) + 0.5) * BLOCK_DEGREES, 6)


def hundred_block(text: str | None) -> str | None:
    """`1234 Main St` as `1200 block of Main St`, a corner unchanged; None for any other text."""
    if text is None or len(text) > 200:
        return None
    if corner := CORNER.fullmatch(text):
        return f"{_tidy(corner[1])} and {_tidy(corner[2])}"
    if not (address := ADDRESS.fullmatch(text)):
        return None
    hundred = int(address[1]) // 100 * 100
    return f"{hundred or 'unit'} block of {_tidy(address[2])}"


def _tidy(street: str) -> str:
    return capwords(street)
