"""Looking at a record: the read is committed first, and what is masked depends on the reveals."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from services.projections import queries
from services.projections.personal.visible_fields import VisibleFields
from services.runtime.clock import now
from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.projections.personal.record import Record
    from services.runtime.identity import Role

EMERGENCY_SECONDS = 0.5
"""How long the record of an emergency that waits for 9-1-1 waits for its read to be recorded."""


async def view(read_side: ReadSide, reader: Reader, number: str, ids: Sequence[UUID]) -> None:
    """Record that the record was read, before it is shown.

    Not so for an emergency that waits for its transfer: there recording is tried for a moment, and
    when it fails the record is shown all the same and the log says that a read is missing.
    """
    async with read_side.pool.connection() as connection:
        urgent = await queries.is_waiting_emergency(connection, ids)
    if not urgent:
        await read_side.access.viewed(reader, number, ids)
        return
    try:
        async with asyncio.timeout(EMERGENCY_SECONDS):
            await read_side.access.viewed(reader, number, ids)
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        logger().error(
            "access.unrecorded", reader=reader.who, record=str(ids[0]), error=type(error).__name__
        )


async def visible_fields(
    read_side: ReadSide, reader: Reader, role: Role, record: Record
) -> VisibleFields:
    """What this session may see of the record now."""
    reveals = await read_side.access.reveals(reader, record.ids, now())
    return VisibleFields(role, reveals, record.hidden)
