"""Which events are about a record, as of a checkpoint: told by the ledger, not by a view."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from events.envelope import call_stream, report_stream, subject_stream, triage_stream
from services.projections import queries
from services.projections.audit.refusals import UnknownNumberError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.runtime.database import Connection

EVENTS_SQL = """
select position, body from ledger where stream_id = any(%s) and position < %s order by position
"""
Stored = dict[int, bytes]


async def events_about(connection: Connection, number: str, size: int) -> Stored:
    """The stored bytes by position, of a ledger of `size` events: of the call, of every report that
    is in it, and of what happened to their personal data. UnknownNumberError for none."""
    found = await queries.find(connection, number)
    if found is None:
        raise UnknownNumberError(f"no report, call or case has the number {number}")
    report_id, call_id = found
    reports = {report_id} if report_id else set()
    events: Stored = {}
    if call_id:
        events = await _of(connection, [call_stream(call_id)], size)
        reports |= _reports_in(events.values())
    streams = [
        stream_of(report)
        for report in reports
        for stream_of in (report_stream, triage_stream, subject_stream)
    ]
    events |= await _of(connection, streams, size)
    if not events:
        raise UnknownNumberError(f"{number} did not exist yet when the log had {size} events")
    return events


async def _of(connection: Connection, streams: list[str], size: int) -> Stored:
    cursor = await connection.execute(EVENTS_SQL, [streams, size])
    return {position: bytes(body) for position, body in await cursor.fetchall()}


def _reports_in(bodies: Iterable[bytes]) -> set[UUID]:
    """The reports that a call's events name."""
    named = (orjson.loads(body)["data"].get("report_id") for body in bodies)
    return {UUID(each) for each in named if each}
