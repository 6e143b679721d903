"""A consumer as a process of its own: writes who applied each record. Run by `test_stopped.py`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from services.runtime.consumer import Consumer
from services.runtime.database import Limits, open_pool
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin
from services.runtime.stations import Station

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection
    from services.runtime.kafka import Record

SLOW = b"slow"
SLOW_SECONDS = 2.0
LIMITS = Limits(statement_seconds=3.0, lock_seconds=1.0, idle_in_transaction_seconds=5.0)


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """A row for each record; a slow one leaves its transaction open for a while."""
    for record in records:
        await connection.execute(
            "insert into applied (number, pid, value) values (%s, %s, %s)",
            [record.number, os.getpid(), (record.value or b"").decode()],
        )
        if record.value == SLOW:
            await asyncio.sleep(SLOW_SECONDS)


async def consume(database_url: str, bootstrap: str, topic: str) -> None:
    """Consume one topic until cancelled."""

    async def topics() -> list[str]:
        return [topic]

    async with open_pool(database_url, "runtime", limits=LIMITS) as pool:
        inbox = Inbox("stopped", pool, apply, lambda: None, gaps_allowed=True)
        await Consumer(
            inbox,
            bootstrap,
            database_url,
            Admin(bootstrap),
            topics,
            Station("stopped"),
            numbered_by_owner=False,
        ).run()


if __name__ == "__main__":
    asyncio.run(consume(*sys.argv[1:]))
