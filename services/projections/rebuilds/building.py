"""Fills the copy of a view from the ledger, in bulk: a process of its own that may die at any time.

Rows and checkpoint of a batch are one transaction, so that a builder that was killed goes on where
its last batch ended. The next batch is read while one is folded. `begin` made the tables.
"""

from __future__ import annotations

import asyncio
import gc
import os
from typing import TYPE_CHECKING

from services.projections.rebuilds import copies, requests
from services.projections.rebuilds.copies import NEXT
from services.projections.runner import Runner, StoppedError, read_ledger
from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.projections.runner import Stored
    from services.projections.view import View
    from services.runtime.database import Connection

BATCH = 20_000
LOCK_SQL = "select pg_try_advisory_lock(hashtext('building'), hashtext(%s))"


def orphaned(parent: int = os.getppid()) -> bool:
    """Whoever started this process is gone: its successor starts another."""
    return os.getppid() != parent


async def build(
    database_url: str, view: View, stopped: Callable[[], bool] = lambda: False, batch: int = BATCH
) -> bool:
    """Build until the copy has the whole ledger; False when cancelled, stopped, or built elsewhere.

    StoppedError at an event that cannot be read. Collects garbage itself: Python's collector would
    walk through a batch's objects again and again, at half the time, and find no cycle.
    """
    async with (
        await connect(database_url, "projections") as connection,
        await connect(database_url, "projections") as reader,
    ):
        cursor = await connection.execute(LOCK_SQL.encode(), [view.name])
        if await cursor.fetchone() != (True,):
            return False
        collecting = gc.isenabled()
        gc.disable()
        builder = _Builder(view, connection, reader, stopped, batch)
        try:
            return await builder.run()
        except StoppedError as error:
            await builder.runner.say_failed(connection, error.reason)
            raise
        finally:
            gc.unfreeze()
            if collecting:
                gc.enable()


class _Builder:
    def __init__(
        self, view: View, connection: Connection, reader: Connection,
        stopped: Callable[[], bool], batch: int,
    ) -> None:  # fmt: skip
        self.view, self.connection, self.reader = view, connection, reader
        self.stopped, self.batch = stopped, batch
        self.runner = Runner(view, NEXT)

    async def run(self) -> bool:
        if not await self._begin():
            return False
        wanted = self.runner.wanted
        start = await self._position()
        stored = await read_ledger(self.reader, wanted, start, start + self.batch)
        while stored:
            start = stored[-1][0] + 1
            ahead = asyncio.create_task(read_ledger(self.reader, wanted, start, start + self.batch))
            await asyncio.sleep(0)
            try:
                passed = await self._step(stored)
            finally:
                following = await ahead
            if passed is None or self.stopped():
                return False
            stored = following if passed == len(stored) else stored[passed:]
            gc.collect()
        return await self._finish()

    async def _begin(self) -> bool:
        cursor = await self.connection.execute(
            "update rebuilds r set run_began_at = clock_timestamp(), run_began_from = c.position"
            " from checkpoints c where r.view = %s and r.state = 'building' and c.view = %s"
            " returning true",
            [self.view.name, self.runner.checkpoint],
        )
        if await cursor.fetchone() is None:
            return False
        await self.runner.prepare(self.connection)
        gc.collect()
        gc.freeze()
        return True

    async def _position(self) -> int:
        async with self.connection.transaction():
            return await self.runner.lock(self.connection)

    async def _step(self, stored: list[Stored]) -> int | None:
        """How many events were passed; None when the rebuild is no longer wanted."""
        async with self.connection.transaction():
            cursor = await self.connection.execute(
                "select from rebuilds where view = %s and state = 'building' for share",
                [self.view.name],
            )
            if await cursor.fetchone() is None:
                return None
            if await self.runner.lock(self.connection) != stored[0][0]:
                return None
            return await self.runner.apply(self.connection, stored)

    async def _finish(self) -> bool:
        async with self.connection.transaction():
            found = await requests.lock(self.connection, self.view)
            if found is None or found.state != "building":
                return False
            await copies.add_indexes(self.connection, self.view, NEXT)
            await self.connection.execute(
                "update rebuilds set state = 'built', built_at = clock_timestamp() where view = %s",
                [self.view.name],
            )
        return True
