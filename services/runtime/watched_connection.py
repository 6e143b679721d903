"""A connection that is closed when Postgres owes an answer and sends nothing for too long.

`statement_timeout` is kept by the server. It ends no statement while the server itself is stopped,
and the network's own timeouts do not end it either, since the kernel still acknowledges packets.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from services.runtime.log import logger

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")


class WatchedConnection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """After `silence_seconds` without a byte a statement fails with psycopg.OperationalError.

    None waits without end. A long result is not cut off: each part of it begins the time anew.
    """

    silence_seconds: float | None = None
    _timer: asyncio.TimerHandle | None = None

    async def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:
        """Every exchange with the server goes through here."""
        if self.silence_seconds is None:
            return await super().wait(gen, *arguments, **named)
        self._look_again_after(self.silence_seconds)
        try:
            return await super().wait(gen, *arguments, **named)
        finally:
            if self._timer:
                self._timer.cancel()

    def _look_again_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._look, seconds)

    def _look(self, seconds: float) -> None:
        # This process may have been the slow one: then the answer is already here.
        if _has_bytes(self.pgconn.socket):
            self._look_again_after(seconds)
            return
        logger().warning("database.silent", seconds=seconds)
        # libpq sees the end of the stream and reports a lost connection.
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as ours:
            ours.shutdown(socket.SHUT_RDWR)


def _has_bytes(file_number: int) -> bool:
    poll = select.poll()
    poll.register(file_number, select.POLLIN)
    return bool(poll.poll(0))
