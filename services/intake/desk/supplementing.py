"""What a caller adds to a report that is there, taken down by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.envelope import Actor, Cause, CauseKind, Purpose, report_stream
from services.intake import store
from services.intake.domain.report import SubmitReport, supplement
from services.intake.handlers import OUTBOX
from services.runtime.event_store import Decided, Occasion

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.desk.call_form import Taken
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

HANDLER = "supplement"


async def add(
    intake: Intake, number: str, found: Taken, account: str, medium: str, now: datetime
) -> bool:
    """Commit what was added, and the hand-off that it asks for; False without such a report.

    The form's own key makes sending it twice one addition.
    """
    async with intake.pool.connection() as connection, connection.transaction():
        report = await store.find_report(connection, number)
        if report is None:
            return False
        await store.lock_report(connection, report.report_id)
        stream = report_stream(report.report_id)
        occasion = Occasion(
            Actor(account, "department", "console"),
            Purpose.LIVE,
            Cause(CauseKind.COMMAND, found.key),
            report.report_id,
            HANDLER,
        )
        version, added = await _reached(connection, stream, occasion)
        if added:
            return True
        event = supplement(
            SubmitReport(
                report.report_id, number, "api", found.submission, found.assessment, medium=medium
            )
        )
        await intake.events.append(connection, [Decided(stream, version, (event,), occasion)], now)
        if event.emergency.outcome == "divert":
            await store.offer_handoff(connection, report.report_id, event, Purpose.LIVE, now)
            await store.keep_from_public(connection, report.report_id)
    intake.wake.notify(OUTBOX)
    return True


async def _reached(connection: Connection, stream: str, occasion: Occasion) -> tuple[int, bool]:
    """The version that the stream has reached, and whether this very command is in it."""
    event_id = occasion.cause.derive(f"{HANDLER}/{stream}")
    cursor = await connection.execute(
        "select coalesce(max(version), 0), coalesce(bool_or(event_id = %s), false) from events"
        " where stream_id = %s",
        [event_id, stream],
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]
