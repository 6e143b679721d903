"""Following a report with its number and PIN: nothing is revealed to somebody who guesses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake import store
from services.intake.domain.numbers import normalise
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.handlers import Intake
    from services.runtime.database import Connection

LOCKED_FOR = timedelta(minutes=15)
PROGRESS_SQL = """
select triaged_at, opened_at, accepted_at, assigned_at, closed_at, status, desk, call_number
from projections.report_progress where report_number = %s
"""
STEPS = (
    "received",
    "assessed and routed",
    "opened as a call for service",
    "accepted as a case",
    "assigned to an officer",
    "closed",
)
PUBLIC_STATUS = {
    "open": "waiting for review",
    "under-investigation": "under investigation",
    "resolved": "closed: see the outcome with the department",
    "kept-for-statistics": "kept as information only",
}
UNKNOWN = ProblemError(
    404, "no-such-report", "No report has this number and PIN",
    "Check both. After ten wrong PINs a report is locked for 15 minutes.",
)  # fmt: skip


async def follow(intake: Intake, given_number: str, pin: str, moment: datetime) -> dict[str, Any]:
    """Status and public timeline; the same problem whether the number or the PIN is wrong."""
    number = normalise(given_number)
    async with intake.pool.connection() as connection:
        async with connection.transaction():
            row = await store.find_report(connection, number) if number else None
            locked = row is not None and row.locked_until is not None and row.locked_until > moment
            stored = row.pin_hash if row and row.pin_hash and not locked else None
            right = await asyncio.to_thread(_matches, intake, stored, pin)
            if row and not locked and not right:
                await store.count_wrong_pin(connection, row.report_id, moment + LOCKED_FOR)
            if row and right:
                await store.forget_wrong_pins(connection, row.report_id)
        if row is None or not right:
            raise UNKNOWN
        return await _progress(connection, row)


def _matches(intake: Intake, stored: str | None, pin: str) -> bool:
    """Takes as long for a number that does not exist as for one that does."""
    matches = intake.pins.matches(stored or intake.pins.decoy, pin)
    return matches and stored is not None


async def _progress(connection: Connection, row: store.ReportRow) -> dict[str, Any]:
    cursor = await connection.execute(PROGRESS_SQL, [row.report_number])
    *moments, status, desk, call_number = await cursor.fetchone() or (None,) * 8
    steps = zip(STEPS, [row.submitted_at, *moments], strict=True)
    timeline = [{"step": step, "at": moment} for step, moment in steps if moment]
    return {
        "report_number": row.report_number,
        "status": PUBLIC_STATUS.get(status, timeline[-1]["step"]),
        "desk": desk,
        "call_number": call_number,
        "timeline": sorted(timeline, key=lambda step: step["at"]),
    }
