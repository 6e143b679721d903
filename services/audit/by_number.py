"""Finding the streams of a report, call or case number, even when the view lost its row.

A live view may lead, at once; it is never trusted. What it leads to has to say the number itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from services.audit.refusals import UnknownNumberError

if TYPE_CHECKING:
    from services.runtime.database import Connection

LEAD_SQL = """
select 'report-' || key, 'call-' || call_id from case_status_reports
where report_number = %(number)s
union all select null, 'call-' || key from case_status_calls where case_number = %(number)s
limit 1
"""
SAID_SQL = """
select from ledger where stream_id = %(stream)s
  and (position(%(report)s::bytea in body) > 0 or position(%(case)s::bytea in body) > 0)
limit 1
"""
NUMBERED_SQL = """
select stream_id from ledger
where (type like 'intake.report-submitted.%%' and position(%(report)s::bytea in body) > 0)
   or (type like 'casework.case-number-issued.%%' and position(%(case)s::bytea in body) > 0)
"""


@dataclass(frozen=True, slots=True)
class Lead:
    """The streams of the report and the call that the view has for a number."""

    report: str | None = None
    call: str | None = None

    @property
    def named(self) -> str | None:
        """The stream whose events must contain the number."""
        return self.report or self.call


async def view_lead(connection: Connection, number: str) -> Lead:
    """The streams that the view has for the number; none when it does not have it."""
    cursor = await connection.execute(LEAD_SQL, {"number": number})
    row = await cursor.fetchone()
    return Lead(*row) if row else Lead()


async def searched(connection: Connection, number: str) -> set[str]:
    """The streams whose events say the number, by the ledger alone; UnknownNumberError for none."""
    cursor = await connection.execute(NUMBERED_SQL, _needles(number))
    streams = {row[0] for row in await cursor.fetchall()}
    if not streams:
        raise UnknownNumberError("no report, call or case has this number")
    return streams


async def by_number(connection: Connection, number: str) -> set[str]:
    """Every stream that may be meant, a misleading view's too; UnknownNumberError if there is none.

    Only when the view's lead does not say the number is the ledger searched for it.
    """
    named = (await view_lead(connection, number)).named
    if named is None:
        return await searched(connection, number)
    cursor = await connection.execute(SAID_SQL, _needles(number) | {"stream": named})
    if await cursor.fetchone() is not None:
        return {named}
    try:
        return {named} | await searched(connection, number)
    except UnknownNumberError:
        return {named}


def _needles(number: str) -> dict[str, object]:
    quoted = orjson.dumps(number)
    return {"report": b'"report_number":' + quoted, "case": b'"case_number":' + quoted}
