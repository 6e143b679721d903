"""Fills the copy of a view from the ledger, in bulk: a process of its own that may die at any time.

Rows and checkpoint of a batch are one transaction, so that a builder that was killed goes on where
its last batch ended. `begin` made the tables.
"""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg

from services.projections.rebuilds import copies, requests
from services.projections.rebuilds.copies import NEXT
from services.projections.runner import Runner, StoppedError
from services.runtime.database import LONG, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.projections.runner import Batch, Stored
    from services.projections.view import View
    from services.runtime.database import Connection

BATCH = 20_000
PIECE = 500
"""Decoded at once, before the other steps get their turn."""
COLLECT_EVERY = 50
"""Batches. Hardly anything here is a cycle, and looking for them walks through all that lives."""
# A piece is one row: rows of single events would wake us for every 16 KB.
PIECES_SQL = """
select array_agg(position order by position), array_agg(type order by position),
       array_agg(case when type = any(%b) then body end order by position)
from ledger where position >= %s and position < %s group by position / %s order by min(position)
"""
LOCK_SQL = "select pg_try_advisory_lock(hashtext('building'), hashtext(%s))"


def orphaned(parent: int = os.getppid()) -> bool:
    """Whoever started this process is gone: its successor starts another."""
    return os.getppid() != parent


async def build(
    database_url: str, view: View, stopped: Callable[[], bool] = lambda: False, batch: int = BATCH
) -> bool:
    """Build until the copy has the whole ledger; False when cancelled, stopped, or built elsewhere.

    StoppedError at an event that cannot be read. Collects garbage itself: Python's collector would
    walk through a batch's objects again and again, which took half of the time.
    """
    async with (
        await connect(database_url, "projections", LONG) as connection,
        await connect(database_url, "projections", LONG) as reader,
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
    """Three steps side by side, each a batch ahead of the next: read, decode, fold and write."""

    def __init__(
        self,
        view: View,
        connection: Connection,
        reader: Connection,
        stopped: Callable[[], bool],
        batch: int,
    ) -> None:
        self.view, self.connection, self.reader = view, connection, reader
        self.stopped, self.batch = stopped, batch
        self.runner = Runner(view, NEXT)
        self.stored: asyncio.Queue[list[list[Stored]]] = asyncio.Queue(1)
        self.decoded: asyncio.Queue[Batch | None] = asyncio.Queue(1)

    async def run(self) -> bool:
        if not await self._begin():
            return False
        start = await self._position()
        ahead: asyncio.Future[Any] = asyncio.gather(self._read(start), self._decode())
        try:
            while batch := await self._next(ahead):
                if not await self._write(batch) or self.stopped():
                    return False
                if batch.stopped:
                    raise batch.stopped
        finally:
            ahead.cancel()
            with suppress(asyncio.CancelledError, psycopg.Error):
                await ahead
        return await self._finish()

    async def _next(self, ahead: asyncio.Future[Any]) -> Batch | None:
        """The next batch; None when there are no more; what went wrong ahead is raised here."""
        waiting = asyncio.create_task(self.decoded.get())
        some: list[asyncio.Future[Any]] = [waiting, ahead]
        await asyncio.wait(some, return_when=asyncio.FIRST_COMPLETED)
        if ahead.done() and ahead.exception():
            waiting.cancel()
            await ahead
        return await waiting

    async def _read(self, start: int) -> None:
        wanted = self.runner.wanted
        while True:
            cursor = await self.reader.cursor(binary=True).execute(
                PIECES_SQL, [wanted, start, start + self.batch, PIECE]
            )
            pieces = await cursor.fetchall()
            await self.stored.put([[*zip(*piece, strict=True)] for piece in pieces])
            if not pieces:
                return
            start = pieces[-1][0][-1] + 1

    async def _decode(self) -> None:
        number = 0
        while pieces := await self.stored.get():
            batch = self.runner.open_batch(pieces[0][0][0])
            for stored in pieces:
                if not batch.stopped:
                    self.runner.read_into(batch, stored)
                await asyncio.sleep(0)
            await self.decoded.put(batch)
            number += 1
            if number % COLLECT_EVERY == 0:
                gc.collect()
        await self.decoded.put(None)

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
        # Rows and checkpoint are one commit: one that is lost with the server is made again.
        await self.connection.execute("set synchronous_commit = off")
        gc.collect()
        gc.freeze()
        return True

    async def _position(self) -> int:
        async with self.connection.transaction():
            return await self.runner.lock(self.connection)

    async def _write(self, batch: Batch) -> bool:
        """False when the rebuild is no longer wanted."""
        async with self.connection.transaction():
            cursor = await self.connection.execute(
                "select from rebuilds where view = %s and state = 'building' for share",
                [self.view.name],
            )
            if await cursor.fetchone() is None:
                return False
            if await self.runner.lock(self.connection) != batch.first:
                return False
            await self.runner.write(self.connection, batch)
        return True

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
