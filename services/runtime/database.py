"""Postgres: connections and pools that work in one service's schema, each with limits in time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from services.runtime.watched_connection import WatchedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError)
"""Errors that mean: Postgres is away or busy, the same work may succeed later."""

CONNECT_SECONDS = 5
POOL_SECONDS = 2.0
"""How long a caller waits for a connection of a pool: somebody may wait for “call 9-1-1”."""
CHECK_SECONDS = 0.5
"""How long a pooled connection may take to show that it works before it is given to a caller."""
CLOSE_SECONDS = 1.0
SILENCE_BEYOND_STATEMENT_SECONDS = 5.0
"""The server ends a statement first; only one that stands still is silent for longer."""
KEEPALIVE = {"idle": 10, "interval": 5, "count": 3}
TCP_USER_TIMEOUT_MILLISECONDS = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take, in seconds, enforced by Postgres; 0 is no limit."""

    statement_seconds: float = 10.0
    lock_seconds: float = 5.0
    idle_in_transaction_seconds: float = 30.0
    idle_session_seconds: float = 0.0
    """Between two statements: for a connection whose advisory lock others wait for."""

    @property
    def silence_seconds(self) -> float | None:
        """How long we wait for any byte of an answer; None: without end."""
        if not self.statement_seconds:
            return None
        return self.statement_seconds + SILENCE_BEYOND_STATEMENT_SECONDS

    def as_settings(self) -> dict[str, int]:
        """The server's settings of a session, in milliseconds where they are times."""
        seconds = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_in_transaction_seconds,
            "idle_session_timeout": self.idle_session_seconds,
        }
        network = {f"tcp_keepalives_{name}": value for name, value in KEEPALIVE.items()}
        network["tcp_user_timeout"] = TCP_USER_TIMEOUT_MILLISECONDS
        return {name: int(value * 1000) for name, value in seconds.items()} | network


DEFAULT = Limits()
LONG = Limits(statement_seconds=600.0, lock_seconds=60.0, idle_in_transaction_seconds=600.0)
"""Whole-ledger work that a person started or a rebuild does: folds, index builds, comparisons."""
UNLIMITED = Limits(0.0, 0.0, 0.0)
"""Migrations: half of one is worse than a slow one."""


def options(schema: str, limits: Limits = DEFAULT) -> dict[str, Any]:
    """Connection arguments for one service: its schema first, UTC, autocommit outside blocks."""
    settings = {"search_path": f"{schema},runtime", "timezone": "UTC", "jit": "off"}
    everything = settings | limits.as_settings()
    return {
        "autocommit": True,
        "options": " ".join(f"-c {name}={value}" for name, value in everything.items()),
        "application_name": f"blotter {schema}",
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": TCP_USER_TIMEOUT_MILLISECONDS,
        **{f"keepalives_{name}": value for name, value in KEEPALIVE.items()},
    }


@asynccontextmanager
async def open_pool(
    database_url: str,
    schema: str,
    *,
    maximum: int = 4,
    timeout_seconds: float = POOL_SECONDS,
    limits: Limits = DEFAULT,
) -> AsyncIterator[Pool]:
    """A pool whose connections see `schema` and the shared `runtime` tables."""

    async def watch(connection: Connection) -> None:
        assert isinstance(connection, WatchedConnection)
        connection.silence_seconds = limits.silence_seconds

    pool: Pool = AsyncConnectionPool(
        database_url,
        connection_class=WatchedConnection,
        kwargs=options(schema, limits),
        min_size=1,
        max_size=maximum,
        timeout=timeout_seconds,
        open=False,
        configure=watch,
        check=_check,
        # The next caller starts a new attempt. The pool's own attempts come at doubling intervals:
        # after a minute without Postgres it would stay away for another one.
        reconnect_timeout=timeout_seconds,
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close(CLOSE_SECONDS)


async def _check(connection: Connection) -> None:
    """The connection still works, and answers soon."""
    assert isinstance(connection, WatchedConnection)
    usual, connection.silence_seconds = connection.silence_seconds, CHECK_SECONDS
    try:
        await connection.execute("")
    finally:
        connection.silence_seconds = usual


async def connect(database_url: str, schema: str, limits: Limits = DEFAULT) -> Connection:
    """One connection of its own, for locks that last and for LISTEN."""
    try:
        connection = await WatchedConnection.connect(database_url, **options(schema, limits))
    except asyncio.CancelledError as error:
        # The traceback would keep the socket open until the next garbage collection. Postgres waits
        # a minute for the rest of a login, and DROP DATABASE waits for Postgres.
        raise error.with_traceback(None) from None
    connection.silence_seconds = limits.silence_seconds
    return connection
