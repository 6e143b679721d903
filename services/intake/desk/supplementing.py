"""A supplement to an existing report, taken at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.envelope import Actor, Cause, CauseKind, Purpose
from services.intake import store
from services.intake.domain.report import SubmitReport, supplement
from services.intake.handlers import OUTBOX
from services.intake.supplements import append_supplement
from services.runtime.event_store import Occasion

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.desk.call_form import CallForm
    from services.intake.handlers import Intake

HANDLER = "supplement"


async def add(
    intake: Intake, number: str, found: CallForm, account: str, medium: str, now: datetime
) -> bool:
    """Commit the supplement and its hand-off; False when there is no such report.

    A repeat with the same form key changes nothing.
    """
    async with intake.pool.connection() as connection, connection.transaction():
        report = await store.find_report(connection, number)
        if report is None:
            return False
        occasion = Occasion(
            Actor(account, "department", "console"),
            Purpose.LIVE,
            Cause(CauseKind.COMMAND, found.key),
            report.report_id,
            HANDLER,
        )
        event = supplement(
            SubmitReport(
                report.report_id, number, "api", found.submission, found.assessment, medium=medium
            )
        )
        await append_supplement(intake, connection, report.report_id, event, occasion, now)
    intake.wake.notify(OUTBOX)
    return True
