"""The daily list of disposals: closed records whose time is up, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from services.agency.retention import Retention
    from services.runtime.database import Connection

CLOSED_SQL = """
select r.report_number, coalesce(f.type, r.type, ''), c.status,
       (c.closed_at at time zone %(zone)s)::date as closed_on,
       coalesce(h.matters, '{}'), p.pending
from case_status_calls c
join case_status_reports r on r.call_id = c.key
left join case_status_reports f on f.report_number = c.call_number
left join legal_holds h on h.key = c.key
left join personal_data p on p.key = r.key
where c.closed_at is not null and (c.closed_at at time zone %(zone)s)::date <= %(latest)s
  and p.erased_at is null
order by c.closed_at, r.report_number
"""


async def due(
    connection: Connection, retention: Retention, zone: ZoneInfo, today: date, limit: int
) -> list[dict[str, Any]]:
    """Records to be disposed of by `today`, the longest closed first. Held ones say so."""
    cursor = await connection.execute(CLOSED_SQL.encode(), {"zone": zone.key, "latest": today})
    found: list[dict[str, Any]] = []
    async for number, type_, outcome, closed_on, matters, pending in cursor:
        when = retention.due(type_, outcome, closed_on, today)
        if when is None or when.on > today:
            continue
        found.append(
            {
                "report_number": number,
                "type": type_,
                "outcome": outcome,
                "closed_on": closed_on.isoformat(),
                "due_on": when.on.isoformat(),
                "rule": when.rule.code,
                "citation": when.rule.citation,
                "holds": list(matters),
                "pending": pending,
            }
        )
        if len(found) == limit:
            break
    return found
