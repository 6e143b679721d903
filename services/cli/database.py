"""One call on one connection to an installation's database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.runtime.database import Connection

Result = TypeVar("Result")


def run_in_schema(
    database_url: str, schema: str, call: Callable[[Connection], Awaitable[Result]]
) -> Result:
    """The result of `call` on a connection that works in this schema."""

    async def connected() -> Result:
        async with await connect(database_url, schema) as connection:
            return await call(connection)

    return asyncio.run(connected())
