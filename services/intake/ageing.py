"""Dead letters age: after their time the original is gone, the note that it came and why stays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from services.runtime.clock import now
from services.runtime.log import logger

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from services.runtime.database import Connection, Pool

EVERY_SECONDS = 3600


async def forget_originals(connection: Connection, received_before: datetime) -> int:
    """Drop what older dead letters held; gives how many."""
    cursor = await connection.execute(
        "update dead_letters set original = null where original is not null and received_at < %s",
        [received_before],
    )
    return cursor.rowcount


async def keep_forgetting(pool: Pool, kept: timedelta) -> None:
    """Every hour, until cancelled."""
    while True:
        try:
            async with pool.connection() as connection:
                count = await forget_originals(connection, now() - kept)
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger().warning("dead-letters.trouble", error=type(error).__name__)
        else:
            if count:
                logger().info("dead-letters.originals-forgotten", count=count)
        await asyncio.sleep(EVERY_SECONDS)
