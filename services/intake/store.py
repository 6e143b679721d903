"""Intake's own tables, as plain functions on a connection."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from services.intake.domain.public_face import public_face

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What is needed to let a reporting party in."""

    report_id: UUID
    report_number: str
    submitted_at: datetime
    pin_hash: str | None
    locked_until: datetime | None


async def next_counters(connection: Connection, count: int) -> list[int]:
    """`count` numbers never given before; a rolled-back transaction leaves unused ones."""
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
    """Remember reports and, for diverted ones, their pending hand-offs."""
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
            await _offer_handoff(connection, report_id, event, purpose, now)


async def _offer_handoff(
    connection: Connection, report_id: UUID, event: ReportSubmitted, purpose: str, now: datetime
) -> None:
    await connection.execute(
        "insert into handoffs (report_id, report_number, type, rules, latitude, longitude,"
        " purpose, offered_at) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            report_id, event.report_number, event.type, list(event.emergency.rules),
            event.latitude, event.longitude, purpose, now,
        ],
    )  # fmt: skip


async def find_report(connection: Connection, report_number: str) -> ReportRow | None:
    """The report of this number, locked until commit so that wrong PINs are counted one by one."""
    cursor = await connection.execute(
        "select report_id, report_number, submitted_at, pin_hash, locked_until from reports"
        " where report_number = %s for update",
        [report_number],
    )
    row = await cursor.fetchone()
    return ReportRow(*row) if row else None


async def count_wrong_pin(connection: Connection, report_id: UUID, lock_until: datetime) -> None:
    """One more wrong PIN; the tenth in a row locks the report for a while."""
    await connection.execute(
        "update reports set wrong_pins = (wrong_pins + 1) %% 10,"
        " locked_until = case when wrong_pins >= 9 then %s else locked_until end"
        " where report_id = %s",
        [lock_until, report_id],
    )


async def forget_wrong_pins(connection: Connection, report_id: UUID) -> None:
    """The PIN was right."""
    await connection.execute(
        "update reports set wrong_pins = 0 where report_id = %s and wrong_pins > 0", [report_id]
    )


async def known_partner_events(connection: Connection, causes: Sequence[UUID]) -> dict[UUID, bytes]:
    """Digest of the content each known partner event came with first."""
    cursor = await connection.execute(
        "select cause_id, digest from partner_events where cause_id = any(%s)", [list(causes)]
    )
    return {cause: bytes(digest) for cause, digest in await cursor.fetchall()}


async def add_partner_events(
    connection: Connection, events: Sequence[tuple[UUID, bytes, str]]
) -> None:
    """Remember accepted partner events: cause, digest, report number."""
    await connection.execute(
        "insert into partner_events (cause_id, digest, report_number)"
        " select * from unnest(%s::uuid[], %s::bytea[], %s::text[])",
        [*map(list, zip(*events, strict=True))],
    )
