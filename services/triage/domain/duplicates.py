"""The first duplicate rule: same type, within the type's distance and horizon. Pure.

Links are directed at an anchor, so that there are no chains: a report that others already anchor on
stays an anchor, one that is linked takes the anchor of its nearest neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

from events.triage import Link

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

EARTH_METRES = 6_371_008.8
CELL_DEGREES = 0.003
"""Side of a blocking cell: 333 m north-south, never under 250 m east-west below 41° of latitude."""
MOST_LINKS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier or simultaneous report near this one. `anchor` is None until it is decided."""

    report_id: UUID
    report_number: str
    latitude: float
    longitude: float
    occurred_at: datetime
    received_at: datetime
    anchor: UUID | None


@dataclass(frozen=True, slots=True)
class Found:
    """The anchor of the incident and the links that lead there."""

    anchor: UUID
    links: tuple[Link, ...]


def metres_between(a: Candidate, b: Candidate) -> float:
    """Great-circle distance on the mean sphere (haversine)."""
    lat_a, lat_b = radians(a.latitude), radians(b.latitude)
    half_lat = sin((lat_b - lat_a) / 2) ** 2
    half_lon = cos(lat_a) * cos(lat_b) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half_lat + half_lon)))


def cells_around(latitude: float, longitude: float) -> list[int]:
    """The cell of a place and its eight neighbours, as stored in `candidates.cell`."""
    row, column = int(latitude // CELL_DEGREES), int(longitude // CELL_DEGREES)
    return [cell(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def cell(row: int, column: int) -> int:
    """One number for a cell."""
    return row * 1_000_000 + column


def find_duplicates(
    own: Candidate, candidates: Iterable[Candidate], distance_metres: int, horizon_hours: int
) -> Found:
    """The anchor of `own` among candidates of the same type."""
    near = [
        (round(metres), minutes, other)
        for other in candidates
        if (minutes := _minutes_apart(own, other)) <= horizon_hours * 60
        and (metres := metres_between(own, other)) <= distance_metres
    ]
    if any(other.anchor == own.report_id for _, _, other in near):
        return Found(own.report_id, ())
    first = sorted(
        (entry for entry in near if _may_be_followed(own, entry[2])),
        key=lambda entry: (entry[0], entry[1], str(entry[2].report_id)),
    )
    if not first:
        return Found(own.report_id, ())
    links = tuple(
        Link(
            report_id=other.report_id,
            report_number=other.report_number,
            relation="same",
            distance_metres=metres,
            minutes_apart=minutes,
        )
        for metres, minutes, other in first[:MOST_LINKS]
    )
    nearest = first[0][2]
    return Found(nearest.anchor or nearest.report_id, links)


def _minutes_apart(a: Candidate, b: Candidate) -> int:
    return round(abs((a.occurred_at - b.occurred_at).total_seconds()) / 60)


def _may_be_followed(own: Candidate, other: Candidate) -> bool:
    """A decided report always; an undecided one only if it came first, else both would follow."""
    if other.anchor is not None:
        return True
    return (other.received_at, str(other.report_id)) < (own.received_at, str(own.report_id))
