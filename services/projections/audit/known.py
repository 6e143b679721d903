"""What the ledger held of a record at a position, and what vouches for it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.casework import CallOpened, CaseNumberIssued, ReportAttached
from events.envelope import id_in, report_stream, subject_stream, triage_stream
from events.intake import ReportSubmitted
from services.projections import queries
from services.projections.audit.belonging import Belonging, decoded, own_streams
from services.projections.audit.by_number import by_number
from services.projections.audit.differences import snapshot
from services.projections.audit.refusals import UnknownNumberError
from services.projections.proofs import signing
from services.projections.view import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

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
    """The record up to `through`, else up to now; UnknownNumberError, NotYetError."""
    async with snapshot(connection):
        last = min(await queries.head(connection), await _reads_seen(connection))
        position = last if through is None else through
        if not 0 <= position <= last:
            raise NotYetError(f"what is known reaches from position 0 to {last}, not {position}")
        found = Belonging()
        await own_streams(connection, found, await by_number(connection, number))
        entries = _as_known(
            number,
            [Entry(at, decoded(at, body)) for at, _, body in found.in_order() if at <= position],
        )
        ids = list({id_in(entry.envelope.stream_id) for entry in entries})
        reads = await queries.rows(connection, READS_SQL, [ids, position])
    return Known(
        number, position, entries, reads, await _vouched(connection, log, position, moment)
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


def _as_known(number: str, entries: Sequence[Entry]) -> list[Entry]:
    """Those that belong to the number by what was known: a report may have joined a call later."""
    named, in_call = set[str](), dict[str, set[str]]()
    for entry in entries:
        stream = entry.envelope.stream_id
        match entry.envelope.data:
            case ReportSubmitted(report_number=said) | CaseNumberIssued(case_number=said):
                named |= {stream} if said == number else set()
            case CallOpened(report_id=report) | ReportAttached(report_id=report):
                in_call.setdefault(stream, set()).add(report_stream(report))
            case _:
                pass
    calls = {call for call, reports in in_call.items() if named & {call, *reports}}
    reports = {each for each in named if each not in in_call}.union(*(in_call[c] for c in calls))
    streams = calls | {
        stream_of(id_in(report))
        for report in reports
        for stream_of in (report_stream, triage_stream, subject_stream)
    }
    if not streams:
        raise UnknownNumberError("no report, call or case had this number at that position")
    return [entry for entry in entries if entry.envelope.stream_id in streams]
