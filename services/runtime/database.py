"""Postgres: a pool of connections that work in one service's schema."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import AsyncConnectionPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError)
"""Errors that mean: Postgres is away or busy, the same work may succeed later."""


def options(schema: str) -> dict[str, Any]:
    """Connection arguments for one service: its schema first, UTC, autocommit outside blocks."""
    return {
        "autocommit": True,
        "options": f"-c search_path={schema},runtime -c timezone=UTC -c jit=off",
        "application_name": f"blotter {schema}",
    }


@asynccontextmanager
async def open_pool(
    database_url: str, schema: str, *, maximum: int = 4, timeout_seconds: float = 5.0
) -> AsyncIterator[Pool]:
    """A pool whose connections see `schema` and the shared `runtime` tables."""
    pool: Pool = AsyncConnectionPool(
        database_url,
        kwargs=options(schema),
        min_size=1,
        max_size=maximum,
        timeout=timeout_seconds,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def connect(database_url: str, schema: str) -> Connection:
    """One connection of its own, for locks that last and for LISTEN."""
    return await psycopg.AsyncConnection.connect(database_url, **options(schema))
