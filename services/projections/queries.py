"""Questions asked of the views and the ledger, as plain functions on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.envelope import call_stream, report_stream, subject_stream, triage_stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.runtime.database import Connection

STATUS_SQL = """
select r.received_position, r.report_number, r.received_at, r.channel, r.partner, r.purpose, r.type,
       r.occurred_from, coalesce(c.emergency, r.emergency) as emergency,
       coalesce(c.urgency, r.urgency) as urgency, r.severity, coalesce(c.desk, r.desk) as desk,
       r.district, c.call_number, c.case_number, c.officer, c.reports, c.dispositions, c.version,
       coalesce(c.status, case when r.triaged_at is null then 'received' else 'triaged' end)
         as status,
       case when p.erased_at is not null then 'erased' when p.sealed then 'sealed' else 'kept' end
         as personal_data
from case_status_reports r left join case_status_calls c on c.key = r.call_id
left join personal_data p on p.key = r.key
where r.received_position < %(before)s
  and (%(number)s::text is null or r.report_number = %(number)s or c.case_number = %(number)s)
order by r.received_position desc limit %(limit)s
"""

WORKLOAD_SQL = """
select desk, officer, count(*) as open_calls, count(*) filter (where is_case) as open_cases,
       min(opened_at) as oldest,
       count(*) filter (where urgency = 0) as urgency_0,
       count(*) filter (where urgency = 1) as urgency_1,
       count(*) filter (where urgency = 2) as urgency_2,
       count(*) filter (where urgency = 3) as urgency_3,
       count(*) filter (where urgency = 4) as urgency_4
from workload_calls where open and purpose = %s
group by desk, officer order by desk, officer nulls first
"""

MOST_HANDOFFS = 500
"""What a page shows at once: nobody overlooks one because twenty others wait."""
HANDOFFS_SQL = """
select report_number, type, rules, latitude, longitude, offered_at, called_at
from intake.handoffs
where acknowledged_at is null and purpose = 'live' order by offered_at limit %s
"""

FIND_SQL = """
select r.key::uuid, c.key::uuid from case_status_reports r
left join case_status_calls c on c.key = r.call_id
where r.report_number = %(number)s
union all
select null, key::uuid from case_status_calls where case_number = %(number)s
limit 1
"""

FIRST = 2**62


async def rows(connection: Connection, query: str, arguments: Any = None) -> list[dict[str, Any]]:
    """What a query gives, each row with its column names."""
    cursor = await connection.execute(query.encode(), arguments)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


async def case_status(
    connection: Connection, *, before: int | None = None, number: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Reports, newest first, each with its call; `before` continues a listing."""
    return await rows(
        connection,
        STATUS_SQL,
        {"before": FIRST if before is None else before, "number": number, "limit": limit},
    )


async def workload(connection: Connection, purpose: str = "live") -> list[dict[str, Any]]:
    """Open work by desk and officer: calls, cases, the oldest, the spread of urgency."""
    return await rows(connection, WORKLOAD_SQL, [purpose])


async def pending_handoffs(
    connection: Connection, limit: int = MOST_HANDOFFS
) -> list[dict[str, Any]]:
    """Emergencies waiting for 9-1-1, the oldest first, from where they were committed."""
    return await rows(connection, HANDOFFS_SQL, [limit])


async def events_after(connection: Connection, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Stored bytes in ledger order, from the position behind `after`."""
    cursor = await connection.execute(
        "select position, body from ledger where position > %s order by position limit %s",
        [after, limit],
    )
    return [(position, bytes(body)) for position, body in await cursor.fetchall()]


async def find(connection: Connection, number: str) -> tuple[UUID | None, UUID | None] | None:
    """The report and the call behind a report, call or case number; None when there is neither."""
    cursor = await connection.execute(FIND_SQL.encode(), {"number": number})
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def records(
    connection: Connection, report_id: UUID | None, call_id: UUID | None
) -> list[UUID]:
    """Ids of the record: its call, if there is one, then its reports in the order they came."""
    cursor = await connection.execute(
        "select key::uuid from case_status_reports where call_id = %s order by received_position",
        [str(call_id)],
    )
    reports = [row[0] for row in await cursor.fetchall()]
    if report_id and report_id not in reports:
        reports.append(report_id)
    return [call_id, *reports] if call_id else reports


async def ids_of(connection: Connection, numbers: Sequence[str]) -> list[tuple[str, UUID]]:
    """The reports of these numbers, each with its id, in the order of the numbers."""
    cursor = await connection.execute(
        "select report_number, key::uuid from case_status_reports where report_number = any(%s)"
        " order by report_number",
        [list(numbers)],
    )
    return await cursor.fetchall()


async def is_waiting_emergency(connection: Connection, ids: Sequence[UUID]) -> bool:
    """Whether one of these reports still waits for its transfer to 9-1-1."""
    cursor = await connection.execute(
        "select from intake.handoffs where report_id = any(%s) and acknowledged_at is null limit 1",
        [list(ids)],
    )
    return await cursor.fetchone() is not None


async def history(
    connection: Connection, report_id: UUID | None, call_id: UUID | None
) -> list[tuple[int, bytes]]:
    """Every event about a call and about each report attached to it, in ledger order."""
    reports = [each for each in await records(connection, report_id, call_id) if each != call_id]
    streams = [
        stream_of(each)
        for each in reports
        for stream_of in (report_stream, triage_stream, subject_stream)
    ]
    if call_id:
        streams.append(call_stream(call_id))
    cursor = await connection.execute(
        "select position, body from ledger where stream_id = any(%s) order by position", [streams]
    )
    return [(position, bytes(body)) for position, body in await cursor.fetchall()]


async def head(connection: Connection) -> int:
    """The last position of the ledger; -1 when it is empty."""
    cursor = await connection.execute("select size - 1 from ledger_size")
    row = await cursor.fetchone()
    return row[0] if row else -1
