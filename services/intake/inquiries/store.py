"""Inquiries in intake's own tables, as plain functions on a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from events.envelope import inquiry_stream

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.inquiries import InquiryEvent
    from services.intake.handlers import Intake
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An inquiry as number and PIN need it."""

    inquiry_id: UUID
    inquiry_number: str
    pin_hash: str | None
    locked_until: datetime | None


async def next_counter(connection: Connection) -> int:
    """The next unused counter."""
    cursor = await connection.execute("select nextval('inquiry_counter')")
    (counter,) = await cursor.fetchone() or (0,)
    return int(counter)


async def add(
    connection: Connection, inquiry_id: UUID, number: str, pin_hash: str | None, moment: datetime
) -> None:
    """Store an inquiry."""
    await connection.execute(
        "insert into inquiries (inquiry_id, inquiry_number, received_at, pin_hash)"
        " values (%s, %s, %s, %s)",
        [inquiry_id, number, moment, pin_hash],
    )


async def let_in(connection: Connection, inquiry_id: UUID, pin_hash: str) -> None:
    """Store the PIN hash: from now on the asker can follow the inquiry."""
    await connection.execute(
        "update inquiries set pin_hash = %s where inquiry_id = %s", [pin_hash, inquiry_id]
    )


async def number_of(connection: Connection, inquiry_id: UUID) -> str:
    """The number of an existing inquiry."""
    cursor = await connection.execute(
        "select inquiry_number from inquiries where inquiry_id = %s", [inquiry_id]
    )
    (number,) = await cursor.fetchone() or ("",)
    return str(number)


async def find(connection: Connection, number: str) -> InquiryRow | None:
    """The inquiry of a number, its row locked until commit."""
    cursor = await connection.execute(
        "select inquiry_id, inquiry_number, pin_hash, locked_until from inquiries"
        " where inquiry_number = %s for update",
        [number],
    )
    row = await cursor.fetchone()
    return InquiryRow(*row) if row else None


async def count_wrong_pin(connection: Connection, inquiry_id: UUID, lock_until: datetime) -> None:
    """Count a wrong PIN; the tenth in a row locks the inquiry for a while."""
    await connection.execute(
        "update inquiries set wrong_pins = (wrong_pins + 1) %% 10,"
        " locked_until = case when wrong_pins >= 9 then %s else locked_until end"
        " where inquiry_id = %s",
        [lock_until, inquiry_id],
    )


async def forget_wrong_pins(connection: Connection, inquiry_id: UUID) -> None:
    """Reset the count of wrong PINs."""
    await connection.execute(
        "update inquiries set wrong_pins = 0 where inquiry_id = %s", [inquiry_id]
    )


async def facts(intake: Intake, connection: Connection, inquiry_id: UUID) -> list[InquiryEvent]:
    """The stored facts of an inquiry, still sealed."""
    envelopes = await intake.events.read(connection, inquiry_stream(inquiry_id))
    return [cast("InquiryEvent", envelope.data) for envelope in envelopes]
