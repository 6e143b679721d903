"""Ids of partners' events: which are claimed, and the outcome of each content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.intake.domain.arrival import Earlier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection

CLAIM_SQL = """
insert into partner_events (cause_id, digest, report_number, partner, event_id, source, type)
select * from unnest(%s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[],
                     %s::text[]) as c (cause, d, n, p, e, s, t) order by cause
on conflict do nothing returning cause_id
"""

ANSWER_SQL = """
insert into partner_answers as a (cause_id, digest, revision, partner, event_id, status,
                                  report_number, purpose, emergency, reason, dead_letter,
                                  answered_at)
select *, %s from unnest(%s::uuid[], %s::bytea[], %s::int4[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[])
on conflict (cause_id, digest) do update
set revision = excluded.revision, status = excluded.status, report_number = excluded.report_number,
    purpose = excluded.purpose, emergency = excluded.emergency, reason = excluded.reason,
    dead_letter = excluded.dead_letter, answered_at = excluded.answered_at
where a.status = 'rejected'
"""

HISTORY_SQL = """
select digest, status, revision, report_number, purpose, emergency, reason, dead_letter,
       answered_at
from partner_answers where cause_id = %s
order by revision nulls last, answered_at
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A new id to claim, and the number of its report."""

    cause_id: UUID
    digest: bytes
    report_number: str
    partner: str
    event_id: str
    source: str | None
    type: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The outcome of one content under an id."""

    cause_id: UUID
    digest: bytes
    revision: int | None
    partner: str
    event_id: str
    status: str
    report_number: str | None
    purpose: str | None
    emergency: str | None
    reason: str | None
    dead_letter: UUID | None


async def earlier_of(connection: Connection, causes: Sequence[UUID]) -> dict[UUID, Earlier]:
    """The history of the ids that have one, locked until commit, in a fixed order."""
    cursor = await connection.execute(
        "select cause_id, report_number, source, type from partner_events"
        " where cause_id = any(%s) order by cause_id for update",
        [list(causes)],
    )
    found = {row[0]: Earlier(row[1], row[2], row[3]) for row in await cursor.fetchall()}
    if found:
        await _read_pasts(connection, found)
    return found


async def _read_pasts(connection: Connection, found: dict[UUID, Earlier]) -> None:
    cursor = await connection.execute(
        "select cause_id, digest, revision from partner_answers"
        " where cause_id = any(%s) and revision is not null",
        [list(found)],
    )
    for cause, digest, revision in await cursor.fetchall():
        found[cause].revisions[bytes(digest)] = revision


async def versions_of(connection: Connection, streams: Sequence[str]) -> dict[str, int]:
    """The current version of each of these streams; a new one has none."""
    cursor = await connection.execute(
        "select stream_id, max(version) from events where stream_id = any(%s) group by stream_id",
        [list(streams)],
    )
    return dict(await cursor.fetchall())


async def claim(connection: Connection, claims: Sequence[Claim]) -> set[UUID]:
    """Claim the ids that are free; gives those. Waits for a concurrent transaction to end."""
    if not claims:
        return set()
    rows = [
        (c.cause_id, c.digest, c.report_number, c.partner, c.event_id, c.source, c.type)
        for c in claims
    ]
    cursor = await connection.execute(CLAIM_SQL, [*map(list, zip(*rows, strict=True))])
    return {row[0] for row in await cursor.fetchall()}


async def record(connection: Connection, rows: Sequence[AnswerRow], now: datetime) -> None:
    """Store outcomes. An accepted outcome is never replaced; a rejected one may be."""
    unique = {(row.cause_id, row.digest): row for row in rows}
    if not unique:
        return
    columns = [
        (
            r.cause_id,
            r.digest,
            r.revision,
            r.partner,
            r.event_id,
            r.status,
            r.report_number,
            r.purpose,
            r.emergency,
            r.reason,
            r.dead_letter,
        )
        for r in unique.values()
    ]
    await connection.execute(ANSWER_SQL, [now, *map(list, zip(*columns, strict=True))])


async def history(connection: Connection, cause: UUID) -> list[dict[str, Any]]:
    """The outcome of every content under an id, in the order of revisions."""
    cursor = await connection.execute(HISTORY_SQL, [cause])
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
