"""A connection as ledger and projections have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection


@pytest_asyncio.fixture
async def projections(a_database: str) -> AsyncIterator[Connection]:
    """An empty ledger."""
    async with await connect(a_database, "projections") as connection:
        yield connection
