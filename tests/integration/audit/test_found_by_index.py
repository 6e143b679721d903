"""Finding a record and its events reads no table as a whole, however many records there are.

Small tables are scanned whatever their indexes, so scans are forbidden: Postgres then plans one
only where no index would do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.audit.belonging import STORED_SQL
from services.audit.by_number import LEAD_SQL, SAID_SQL
from services.projections import queries

if TYPE_CHECKING:
    from services.runtime.database import Connection

NOBODY = UUID(int=0)
QUESTIONS: dict[str, tuple[str, Any]] = {
    "the record of a number": (queries.FIND_SQL, {"number": "2026-1"}),
    "the events of streams": (STORED_SQL, [[f"call-{NOBODY}"]]),
    "where a number leads": (LEAD_SQL, {"number": "2026-1"}),
    "whether a stream says it": (SAID_SQL, {"stream": "x", "report": b"", "case": b""}),
    "the reports of a call": (
        "select key from case_status_reports where call_id = %s order by received_position",
        [str(NOBODY)],
    ),
}


async def plan(connection: Connection, name: str) -> str:
    query, arguments = QUESTIONS[name]
    await connection.execute("set local enable_seqscan = off")
    cursor = await connection.execute(f"explain {query}".encode(), arguments)
    return "\n".join(row[0] for row in await cursor.fetchall())


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_table_is_read_as_a_whole(projections: Connection, name: str) -> None:
    async with projections.transaction():
        assert "Seq Scan" not in await plan(projections, name)


async def test_without_the_index_of_case_numbers_this_would_be_told(
    projections: Connection,
) -> None:
    async with projections.transaction(force_rollback=True):
        await projections.execute("drop index case_status_calls_by_case_number")
        assert "Seq Scan on case_status_calls" in await plan(projections, "the record of a number")
