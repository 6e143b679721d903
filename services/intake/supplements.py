"""Supplementing an existing report: one function for every channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.envelope import report_stream
from services.intake import store
from services.runtime.event_store import Decided

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSupplemented
    from services.intake.handlers import Intake
    from services.runtime.database import Connection
    from services.runtime.event_store import Occasion


async def append_supplement(
    intake: Intake,
    connection: Connection,
    report_id: UUID,
    event: ReportSupplemented,
    occasion: Occasion,
    moment: datetime,
) -> bool:
    """Append a supplement within the caller's transaction, with the hand-off for danger in it.

    False when this command was appended before. Waits for concurrent additions to the report.
    """
    await store.lock_report(connection, report_id)
    stream = report_stream(report_id)
    event_id = occasion.cause.derive(f"{occasion.handler}/{stream}")
    version, is_there = await store.reached(connection, stream, event_id)
    if is_there:
        return False
    await intake.events.append(connection, [Decided(stream, version, (event,), occasion)], moment)
    await hand_off(connection, report_id, event, occasion.purpose, moment)
    return True


async def hand_off(
    connection: Connection,
    report_id: UUID,
    event: ReportSupplemented,
    purpose: str,
    moment: datetime,
) -> None:
    """For danger in a supplement: store a pending hand-off, and make nothing public any more."""
    if event.emergency.outcome == "divert":
        await store.offer_handoff(connection, report_id, event, purpose, moment)
        await store.keep_from_public(connection, report_id)
