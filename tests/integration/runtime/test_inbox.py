"""An event that cannot be processed is put aside with its successors; other streams flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from services.runtime.database import open_pool
from services.runtime.inbox import Inbox
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.runtime.database import Connection, Pool


class Poisoned:
    """A handler that cannot process values starting with `poison`, until it is mended."""

    def __init__(self) -> None:
        self.applied: list[bytes] = []
        self.mended = False

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        values = [record.value or b"" for record in records]
        if not self.mended and any(value.startswith(b"poison") for value in values):
            raise LookupError("cannot")
        await connection.execute("select 1")
        self.applied += values


def numbered(number: int, stream: str, value: str) -> Record:
    return Record("blotter.reports", 0, number - 1, stream.encode(), value.encode(), (), number)


@pytest_asyncio.fixture
async def a_pool(a_database: str) -> AsyncIterator[Pool]:
    async with open_pool(a_database, "runtime") as pool:
        yield pool


async def parked(pool: Pool) -> list[tuple[int, str, str]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select number, stream_id, reason from parked order by number"
        )
        return list(await cursor.fetchall())


async def test_poison_is_parked_with_its_successors_and_drained_in_order(a_pool: Pool) -> None:
    rings: list[int] = []
    handler = Poisoned()
    inbox = Inbox("triage", a_pool, handler, lambda: rings.append(1))
    await inbox.apply([numbered(1, "a", "a1"), numbered(2, "b", "poison"), numbered(3, "a", "a2")])
    await inbox.apply([numbered(4, "b", "b2"), numbered(5, "a", "a3")])
    assert handler.applied == [b"a1", b"a2", b"a3"]
    follows = "follows a parked event of its stream"
    assert await parked(a_pool) == [(2, "b", "LookupError"), (4, "b", follows)]

    assert await inbox.drain_parked() == 0
    handler.mended = True
    assert await inbox.drain_parked() == 2
    assert handler.applied[-2:] == [b"poison", b"b2"]
    assert await parked(a_pool) == []
    assert rings


async def test_a_repeat_is_applied_once_and_a_gap_waits_for_what_is_missing(a_pool: Pool) -> None:
    handler = Poisoned()
    inbox = Inbox("triage", a_pool, handler, lambda: None)
    await inbox.apply([numbered(1, "a", "a1"), numbered(1, "a", "a1")])
    admission = await inbox.apply([numbered(3, "a", "a3")])
    assert admission.gaps == {("blotter.reports", 0): 3}
    await inbox.apply([numbered(2, "a", "a2"), numbered(3, "a", "a3")])
    assert handler.applied == [b"a1", b"a2", b"a3"]
