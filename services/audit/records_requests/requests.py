"""Requests for public records as they stand, the one that is due first on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.projections import queries

if TYPE_CHECKING:
    from datetime import date

    from services.runtime.database import Connection

LISTED_SQL = """
select number, version, received_on, due_on, extended, reports, outcome, closed_at,
       outcome is null and due_on < %s as overdue
from records_requests order by outcome is not null, due_on, number limit %s
"""


async def listed(connection: Connection, today: date, limit: int) -> list[dict[str, Any]]:
    """Open requests by their due date, then those that were answered."""
    return await queries.rows(connection, LISTED_SQL, [today, limit])


async def reports_of(connection: Connection, number: str) -> list[str] | None:
    """The reports a request asks for; None when there is no such request."""
    cursor = await connection.execute(
        "select reports from records_requests where number = %s", [number]
    )
    row = await cursor.fetchone()
    return list(row[0]) if row else None
