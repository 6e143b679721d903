"""After a form was posted: wait up to a second for the page to know, else say it is pending."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.projections.runner import CHANGED
from services.runtime.clock import monotonic_seconds
from services.runtime.wake import wait_until_notified

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

PATIENCE_SECONDS = 1.0


async def seen(read_side: ReadSide, wanted: str | None) -> bool:
    """Whether the views hold `stream@version` by now; True when nothing is wanted."""
    stream, _, version = (wanted or "").rpartition("@")
    if not stream or not version.isdecimal() or len(version) > 9:
        return True
    woken = read_side.wake.subscribe(CHANGED)
    try:
        until = monotonic_seconds() + PATIENCE_SECONDS
        while not await _is_there(read_side, stream, int(version)):
            left = until - monotonic_seconds()
            if left <= 0:
                return False
            await wait_until_notified(woken, left)
        return True
    finally:
        read_side.wake.unsubscribe(CHANGED, woken)
        await asyncio.sleep(0)


async def _is_there(read_side: ReadSide, stream: str, version: int) -> bool:
    async with read_side.pool.connection() as connection:
        cursor = await connection.execute(
            "select (select min(position) from checkpoints) >"
            " (select position from ledger where stream_id = %s and version = %s)",
            [stream, version],
        )
        row = await cursor.fetchone()
    return bool(row and row[0])
