"""Notifying loops that there is work: directly within a process, by NOTIFY across processes.

NOTIFY never runs inside a business transaction, where it takes an instance-wide lock until commit
(design.md §5). It may be lost; every sleeper also polls.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from services.runtime.database import connect
from services.runtime.log import logger
from services.runtime.together import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection

CHANNEL = "blotter"
COALESCE_SECONDS = 0.01
RECONNECT_SECONDS = 1.0


class Wake:
    """Named notifications between loops, within this process and from other processes."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._subscribers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._to_tell: set[str] = set()
        self._anything_to_tell = asyncio.Event()

    def notify(self, name: str) -> None:
        """There is work for the subscribers of `name`, here or in another process."""
        self._notify_here(name)
        self._to_tell.add(name)
        self._anything_to_tell.set()

    def subscribe(self, name: str) -> asyncio.Event:
        """An event that each notification sets; to be given back with `unsubscribe`."""
        woken = asyncio.Event()
        self._subscribers[name].add(woken)
        return woken

    def unsubscribe(self, name: str, woken: asyncio.Event) -> None:
        """Stop setting this event."""
        self._subscribers[name].discard(woken)

    def _notify_here(self, name: str) -> None:
        for woken in self._subscribers[name]:
            woken.set()

    async def run(self) -> None:
        """Carry notifications between processes until cancelled; survives an absent Postgres."""
        while True:
            try:
                await together([self._tell(), self._listen()])
            except psycopg.Error:
                logger().warning("wake.disconnected")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _tell(self) -> None:
        async with await connect(self._database_url, "runtime") as connection:
            await connection.execute("set synchronous_commit = off")
            while True:
                await self._anything_to_tell.wait()
                self._anything_to_tell.clear()
                names, self._to_tell = self._to_tell, set()
                await connection.execute("select pg_notify(%s, %s)", [CHANNEL, ",".join(names)])
                await asyncio.sleep(COALESCE_SECONDS)

    async def _listen(self) -> None:
        async with await connect(self._database_url, "runtime") as connection:
            await connection.execute(f"listen {CHANNEL}")
            for names in list(self._subscribers):
                self._notify_here(names)
            async for _ in _readable(connection):
                async for notice in connection.notifies(timeout=0.05, stop_after=1):
                    for name in notice.payload.split(","):
                        self._notify_here(name)


async def _readable(connection: Connection) -> AsyncIterator[None]:
    """Each time something arrives. Waiting in psycopg itself would wake us ten times a second.

    On a duplicate of the socket, since psycopg puts and takes away a reader of its own.
    """
    loop, arrived, socket = asyncio.get_running_loop(), asyncio.Event(), os.dup(connection.fileno())
    loop.add_reader(socket, arrived.set)
    try:
        while True:
            await arrived.wait()
            arrived.clear()
            yield
    finally:
        loop.remove_reader(socket)
        os.close(socket)


async def wait_until_notified(woken: asyncio.Event, at_most_seconds: float) -> None:
    """Wait until the event is set or the time is up; the event is then clear again.

    Not by `asyncio.wait_for`, which loses a cancellation that comes as the event is set.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most_seconds):
            await woken.wait()
    woken.clear()
