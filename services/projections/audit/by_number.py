"""Where a number leads: to streams of the ledger, also when the view that should know lost it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from services.projections.audit.refusals import UnknownNumberError

if TYPE_CHECKING:
    from services.runtime.database import Connection

LED_TO_SQL = """
select stream_id, bool_or(position(%(report)s::bytea in body) > 0
                          or position(%(case)s::bytea in body) > 0)
from ledger where stream_id in (
  select 'report-' || key from case_status_reports where report_number = %(number)s
  union all select 'call-' || key from case_status_calls where case_number = %(number)s
) group by stream_id
"""
NUMBERED_SQL = """
select stream_id from ledger
where (type like 'intake.report-submitted.%%' and position(%(report)s::bytea in body) > 0)
   or (type like 'casework.case-number-issued.%%' and position(%(case)s::bytea in body) > 0)
"""


async def by_number(connection: Connection, number: str) -> set[str]:
    """The streams that a report, call or case number leads to; UnknownNumberError if to none.

    Live views may lead to streams, at once; only when these do not say the number is the ledger
    searched for it.
    """
    needles = {
        "report": b'"report_number":' + orjson.dumps(number),
        "case": b'"case_number":' + orjson.dumps(number),
    }
    cursor = await connection.execute(LED_TO_SQL, needles | {"number": number})
    led_to = await cursor.fetchall()
    streams = {stream for stream, _ in led_to}
    if not any(says for _, says in led_to):
        cursor = await connection.execute(NUMBERED_SQL, needles)
        streams |= {row[0] for row in await cursor.fetchall()}
    if not streams:
        raise UnknownNumberError("no report, call or case has this number")
    return streams
