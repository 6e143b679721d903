"""Triage's own tables: candidates for duplicates, and which reports are decided.

Lists without nulls travel in binary (`%b`): psycopg writes those much faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.triage.domain.duplicates import Candidate, cells_around

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection

NEWEST = 32
"""A block is capped at its newest candidates (triage.md)."""

NEAR_SQL = f"""
select w.report_id, c.report_id, c.report_number, c.latitude, c.longitude, c.occurred_at,
       c.received_at, c.anchor
from unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[])
     as w (report_id, type, earliest, latest)
join candidates own on own.report_id = w.report_id
cross join lateral (
  select * from candidates c
  where c.type = w.type and c.cell = any (neighbour_cells(own.cell))
    and c.occurred_at between w.earliest and w.latest and c.report_id <> w.report_id
  order by c.occurred_at desc limit {NEWEST}
) c
where own.cell is not null
"""  # noqa: S608 - the only substitution is our own constant


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One report as a candidate for later ones; without coordinates it is found by nobody."""

    report_id: UUID
    report_number: str
    type: str
    latitude: float | None
    longitude: float | None
    occurred_at: datetime
    received_at: datetime

    @property
    def cell(self) -> int | None:
        """The blocking cell of the place."""
        if self.latitude is None or self.longitude is None:
            return None
        return cells_around(self.latitude, self.longitude)[4]


async def add_candidates(connection: Connection, rows: Sequence[CandidateRow]) -> None:
    """Make reports findable. Committed before the deciding transaction, so that of two reports at
    the same instant at least one sees the other; a repeat changes nothing."""
    columns = [
        (r.report_id, r.report_number, r.type, r.cell, r.latitude, r.longitude, r.occurred_at,
         r.received_at)
        for r in rows
    ]  # fmt: skip
    await connection.execute(
        "insert into candidates (report_id, report_number, type, cell, latitude, longitude,"
        " occurred_at, received_at) select * from unnest(%b::uuid[], %b::text[], %b::text[],"
        " %s::int8[], %s::float8[], %s::float8[], %b::timestamptz[], %b::timestamptz[])"
        " on conflict do nothing",
        [*map(list, zip(*columns, strict=True))],
    )


async def near(
    connection: Connection, windows: Sequence[tuple[UUID, str, datetime, datetime]]
) -> dict[UUID, list[Candidate]]:
    """Candidates of the same type in the neighbouring cells and the time window of each report."""
    found: dict[UUID, list[Candidate]] = {}
    if windows:
        cursor = await connection.execute(NEAR_SQL, [*map(list, zip(*windows, strict=True))])
        for own, *candidate in await cursor.fetchall():
            found.setdefault(own, []).append(Candidate(*candidate))
    return found


async def decided(connection: Connection, report_ids: Sequence[UUID]) -> set[UUID]:
    """Those of `report_ids` that have a decision already."""
    cursor = await connection.execute(
        "select report_id from candidates where report_id = any(%b) and anchor is not null",
        [list(report_ids)],
    )
    return {row[0] for row in await cursor.fetchall()}


async def set_anchors(connection: Connection, anchors: Sequence[tuple[UUID, UUID]]) -> None:
    """Remember whom each decided report follows: itself, or the first of its incident."""
    await connection.execute(
        "update candidates c set anchor = m.anchor"
        " from unnest(%b::uuid[], %b::uuid[]) as m (report_id, anchor)"
        " where c.report_id = m.report_id",
        [*map(list, zip(*anchors, strict=True))],
    )
