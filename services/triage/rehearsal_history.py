"""The ledger as a rehearsal reads it: triaged reports and their decisions, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, cast

from events.codec import decode
from events.envelope import report_stream
from events.triage import LinkRetracted, ReportTriaged
from services.runtime.keyring import subjects_of, unseal
from services.triage.domain.shadow import PastReport
from services.triage.handlers import READ
from services.triage.handlers import _facts as facts_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Envelope
    from events.intake import ReportSubmitted
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

AT_ONCE = 1000
DECIDED = "version = 1 and type like 'triage.report-triaged.%%'"
PAST_SQL = f"""
select body from ledger
where ({DECIDED} or type like 'triage.link-retracted.%%')
  and (%(since)s::timestamptz is null or recorded_at >= %(since)s)
order by recorded_at, position
"""  # noqa: S608 - the only substitution is our own
COUNT_SQL = f"""
select count(*) from ledger
where {DECIDED} and (%(since)s::timestamptz is null or recorded_at >= %(since)s)
"""  # noqa: S608
REPORTS_SQL = "select body from ledger where stream_id = any(%s) and version = 1"


@dataclass(frozen=True, slots=True)
class Moment:
    """What triage committed in one transaction: a batch of decisions, or links taken back."""

    at: datetime
    pasts: tuple[PastReport, ...] = ()
    retracted: tuple[UUID, ...] = ()


async def count(connection: Connection, since: datetime | None) -> int:
    """How many reports were triaged since then."""
    cursor = await connection.execute(COUNT_SQL, {"since": since})
    (found,) = await cursor.fetchone() or (0,)
    return int(found)


async def moments(
    reading: Connection, asking: Connection, keyring: Keyring, since: datetime | None
) -> AsyncIterator[Moment]:
    """Every moment since then, in the order of the decisions.

    Two connections to the ledger: `reading` streams the decisions, `asking` fetches their reports.
    """
    left: list[Envelope] = []
    async with reading.transaction(), reading.cursor(name="rehearsal") as cursor:
        await cursor.execute(PAST_SQL, {"since": since})
        while rows := await cursor.fetchmany(AT_ONCE):
            left += [decode(bytes(body)) for (body,) in rows]
            last = left[-1].recorded_at
            whole = [each for each in left if each.recorded_at < last]
            left = left[len(whole) :]
            for each in await _moments(asking, keyring, whole):
                yield each
        for each in await _moments(asking, keyring, left):
            yield each


async def _moments(
    connection: Connection, keyring: Keyring, envelopes: Sequence[Envelope]
) -> list[Moment]:
    decided = [e.data for e in envelopes if isinstance(e.data, ReportTriaged)]
    reports = await _reports(connection, keyring, [each.report_id for each in decided])
    found = []
    for at, group in groupby(envelopes, lambda each: each.recorded_at):
        events = [each.data for each in group]
        pasts = [
            _past(reports[event.report_id], event)
            for event in events
            if isinstance(event, ReportTriaged) and event.report_id in reports
        ]
        # A batch decides reports in the order of their arrival.
        pasts.sort(key=lambda past: (past.facts.received_at, str(past.facts.report_id)))
        retracted = [each.report_id for each in events if isinstance(each, LinkRetracted)]
        found.append(Moment(at, tuple(pasts), tuple(retracted)))
    return found


def _past(report: Envelope, decision: ReportTriaged) -> PastReport:
    statement = cast("ReportSubmitted", report.data).statement
    return PastReport(facts_of(report), decision, readable=statement.value is not None)


async def _reports(
    connection: Connection, keyring: Keyring, ids: Sequence[UUID]
) -> dict[UUID, Envelope]:
    """The reports, decrypted where their keys still exist."""
    streams = {report_stream(each): each for each in ids}
    cursor = await connection.execute(REPORTS_SQL, [list(streams)])
    sealed = [decode(bytes(body)) for (body,) in await cursor.fetchall()]
    keys = await keyring.find(connection, subjects_of(each.data for each in sealed))
    return {streams[each.stream_id]: unseal(each, keys, READ) for each in sealed}
