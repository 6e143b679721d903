"""The safe ways of reaching a reporting party, as stated last; checked before every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.intake import ContactRulesStated
from services.intake import details
from services.intake.domain.contact_rules import ContactRules

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from events.envelope import Event
    from services.intake.domain.contact_rules import Way
    from services.runtime.database import Connection


async def follow_event(
    connection: Connection, report_id: UUID, event: Event, moment: datetime
) -> None:
    """Store the rules of an event; if no way is safe any more, delete the report's identifying
    details.
    """
    if not isinstance(event, ContactRulesStated):
        return
    await connection.execute(
        "insert into contact_rules values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (report_id) do update set call = excluded.call,"
        " leave_message = excluded.leave_message, write = excluded.write,"
        " hours_from = excluded.hours_from, hours_to = excluded.hours_to,"
        " stated_at = excluded.stated_at",
        [
            report_id,
            event.call,
            event.leave_message,
            event.write,
            event.hours_from,
            event.hours_to,
            moment,
        ],
    )
    if "yes" not in (event.call, event.leave_message, event.write):
        await details.delete_details(connection, report_id)


async def rules_of(connection: Connection, report_id: UUID) -> ContactRules | None:
    """The rules as stated last; None when nothing was stated."""
    cursor = await connection.execute(
        "select call, leave_message, write, hours_from, hours_to from contact_rules"
        " where report_id = %s",
        [report_id],
    )
    row = await cursor.fetchone()
    return ContactRules(*row) if row else None


async def may_reach(
    connection: Connection, report_id: UUID, way: Way, zone: ZoneInfo, moment: datetime
) -> bool:
    """Whether the reporting party may be reached this way now; call it before every message."""
    rules = await rules_of(connection, report_id)
    return rules is not None and rules.permits(way, moment.astimezone(zone))
