"""A record as the ledger held it at a position, with the signed checkpoint that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.envelope import id_in
from events.intake import ReportSubmitted
from services.audit.differences import snapshot
from services.audit.record_events import record_events
from services.ledger.proofs import signing
from services.projections import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.projections.view import Entry
    from services.runtime.database import Connection

COVERING_SQL = "select note from signed_checkpoints where size > %s order by size, number limit 1"
READS_SQL = """
select read_at, who, role, through, did, fields, reason, detail, position from reads
where records && %s::uuid[] and position <= %s order by read_at, position
"""
SEEN_SQL = "select coalesce(min(position), 0) - 1 from checkpoints where view = 'who-read'"


class NotYetError(Exception):
    """The position asked for is beyond what can be told; the message says how far that is."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record up to a position; `checkpoint`: the first one signed that covers it."""

    number: str
    through: int
    entries: Sequence[Entry]
    reads: Sequence[dict[str, Any]]
    checkpoint: str

    @property
    def reports(self) -> list[tuple[str, UUID]]:
        """Number and id of its reports, in the order they came."""
        return [
            (event.report_number, id_in(entry.envelope.stream_id))
            for entry in self.entries
            if isinstance(event := entry.envelope.data, ReportSubmitted)
        ]


async def known(
    connection: Connection, log: signing.Log, number: str, through: int | None, moment: datetime
) -> Known:
    """The record up to `through`, else up to now; UnknownNumberError, NotYetError, MisledError."""
    async with snapshot(connection):
        last = min(await queries.head(connection), await _reads_seen(connection))
        position = last if through is None else through
        if not 0 <= position <= last:
            raise NotYetError(f"what is known reaches from position 0 to {last}, not {position}")
        found = await record_events(connection, number, position)
        reads = await queries.rows(connection, READS_SQL, [list(found.ids), position])
    return Known(
        number, position, found.entries, reads, await _vouched(connection, log, position, moment)
    )


async def _reads_seen(connection: Connection) -> int:
    cursor = await connection.execute(SEEN_SQL)
    row = await cursor.fetchone()
    return int(row[0]) if row else -1


async def _vouched(
    connection: Connection, log: signing.Log, position: int, moment: datetime
) -> str:
    for _ in range(2):
        cursor = await connection.execute(COVERING_SQL, [position])
        if row := await cursor.fetchone():
            return str(row[0])
        await signing.sign(connection, log, moment)
    raise NotYetError("no checkpoint covers this position yet: the tree is still being built up")
