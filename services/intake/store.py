"""Intake's own tables, as plain functions on a connection."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from events.envelope import report_stream
from services.intake.domain.public_face import public_face

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted, ReportSupplemented
    from services.runtime.database import Connection

# A dispatcher needs the place: values missing in a supplement are taken from the report.
OFFER_SQL = """
with first as (
  select convert_from(body, 'UTF8')::jsonb -> 'data' as said from events
  where stream_id = %(stream)s and version = 1
)
insert into handoffs as h (report_id, report_number, type, rules, latitude, longitude, purpose,
                           offered_at, called_at)
values (
  %(report_id)s, %(report_number)s,
  coalesce(%(type)s, (select type from reports where report_id = %(report_id)s)), %(rules)s,
  coalesce(%(latitude)s, (select (said ->> 'latitude')::float8 from first)),
  coalesce(%(longitude)s, (select (said ->> 'longitude')::float8 from first)),
  %(purpose)s, %(now)s, %(called_at)s)
on conflict (report_id) do update
set rules = array(select distinct unnest(h.rules || excluded.rules) order by 1),
    type = coalesce(%(type)s, h.type, excluded.type),
    latitude = coalesce(%(latitude)s, h.latitude, excluded.latitude),
    longitude = coalesce(%(longitude)s, h.longitude, excluded.longitude),
    called_at = coalesce(h.called_at, excluded.called_at),
    purpose = case when h.purpose = 'live' then 'live' else excluded.purpose end,
    offered_at = case when h.purpose = 'live' and h.acknowledged_at is null then h.offered_at
                      else excluded.offered_at end,
    acknowledged_at = null
where not (excluded.rules <@ h.rules) or (h.purpose <> 'live' and excluded.purpose = 'live')
"""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as number and PIN need it."""

    report_id: UUID
    report_number: str
    submitted_at: datetime
    pin_hash: str | None
    type: str | None


async def next_counters(connection: Connection, count: int) -> list[int]:
    """`count` unused counters; a rolled-back transaction leaves gaps."""
    cursor = await connection.execute(
        "select nextval('report_counter') from generate_series(1, %s)", [count]
    )
    return [row[0] for row in await cursor.fetchall()]


async def add_reports(
    connection: Connection,
    reports: Sequence[tuple[UUID, ReportSubmitted, str | None]],
    purposes: Sequence[str],
    now: datetime,
) -> None:
    """Store reports and, for diverted ones, their pending hand-offs."""
    rows = [
        (report_id, event.report_number, pin_hash, *astuple(public_face(event, purpose)))
        for (report_id, event, pin_hash), purpose in zip(reports, purposes, strict=True)
    ]
    await connection.execute(
        "insert into reports (submitted_at, report_id, report_number, pin_hash, shown, type,"
        " block_latitude, block_longitude, block_address) select %s, * from unnest(%s::uuid[],"
        " %s::text[], %s::text[], %s::bool[], %s::text[], %s::float8[], %s::float8[], %s::text[])",
        [now, *map(list, zip(*rows, strict=True))],
    )
    for (report_id, event, _), purpose in zip(reports, purposes, strict=True):
        if event.emergency.outcome == "divert":
            await offer_handoff(connection, report_id, event, purpose, now)


async def offer_handoff(
    connection: Connection,
    report_id: UUID,
    event: ReportSubmitted | ReportSupplemented,
    purpose: str,
    now: datetime,
) -> None:
    """Store a pending hand-off to 9-1-1.

    An existing one becomes pending again only for rules it does not have yet, or when it turns out
    to be live: the same facts do not reopen an acknowledged hand-off.
    """
    await connection.execute(
        OFFER_SQL,
        {
            "stream": report_stream(report_id),
            "report_id": report_id,
            "report_number": event.report_number,
            "type": event.type,
            "rules": list(event.emergency.rules),
            "latitude": event.latitude,
            "longitude": event.longitude,
            "purpose": purpose,
            "now": now,
            "called_at": event.shed_call.called_at if event.shed_call else None,
        },
    )


async def find_report(connection: Connection, report_number: str) -> ReportRow | None:
    """The report of this number."""
    cursor = await connection.execute(
        "select report_id, report_number, submitted_at, pin_hash, type from reports"
        " where report_number = %s",
        [report_number],
    )
    row = await cursor.fetchone()
    return ReportRow(*row) if row else None


async def lock_report(connection: Connection, report_id: UUID) -> None:
    """Lock the report until commit, so that additions are made one at a time."""
    await connection.execute("select 1 from reports where report_id = %s for update", [report_id])


async def keep_from_public(connection: Connection, report_id: UUID) -> None:
    """Show nothing of the report without its PIN from now on."""
    await connection.execute("update reports set shown = false where report_id = %s", [report_id])
    await connection.execute("delete from reported_places where report_id = %s", [report_id])
    await connection.execute("delete from identifying_details where report_id = %s", [report_id])


async def reached(connection: Connection, stream_id: str, event_id: UUID) -> tuple[int, bool]:
    """The current version of a stream, and whether it contains this event."""
    cursor = await connection.execute(
        "select coalesce(max(version), 0), coalesce(bool_or(event_id = %s), false) from events"
        " where stream_id = %s",
        [event_id, stream_id],
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]
