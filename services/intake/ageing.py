"""Deletes the originals of old dead letters; the row with arrival time and reason stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime.log import logger

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection


async def forget_originals(connection: Connection, received_before: datetime) -> int:
    """Delete the originals of dead letters received before a time; gives how many."""
    cursor = await connection.execute(
        "update dead_letters set original = null where original is not null and received_at < %s",
        [received_before],
    )
    if cursor.rowcount:
        logger().info("dead-letters.originals-forgotten", count=cursor.rowcount)
    return cursor.rowcount
