"""The reports that a partner may answer: those at a desk it answers for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.codec import decode
from events.envelope import report_stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.runtime.database import Connection

REFERRED_SQL = """
select r.report_number, r.report_id, p.name
from reports r
join projections.report_progress at using (report_number)
join partners p on at.desk = any (p.answers_for)
where r.report_number = any(%s) and p.name = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Referral:
    """A report referred to a partner, with its purpose."""

    report_id: UUID
    purpose: str


async def referred(
    connection: Connection, partners: Sequence[str], numbers: Sequence[str]
) -> dict[tuple[str, str], Referral]:
    """(partner, report number) → the report, for those referred to that partner."""
    if not numbers:
        return {}
    cursor = await connection.execute(REFERRED_SQL, [list(numbers), list(partners)])
    found = {(partner, number): report for number, report, partner in await cursor.fetchall()}
    purposes = await _purposes(connection, list(found.values()))
    return {key: Referral(report, purposes[report]) for key, report in found.items()}


async def _purposes(connection: Connection, reports: Sequence[UUID]) -> dict[UUID, str]:
    by_stream = {report_stream(report): report for report in reports}
    cursor = await connection.execute(
        "select stream_id, body from events where stream_id = any(%s) and version = 1",
        [list(by_stream)],
    )
    return {
        by_stream[stream]: decode(bytes(body)).purpose.value
        for stream, body in await cursor.fetchall()
    }
