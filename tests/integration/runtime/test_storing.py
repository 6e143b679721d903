"""One statement for a few events, COPY for many: the same rows, and the same refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events.topics import Topics
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.event_store import FEW, ConflictError, EventStore
from services.runtime.keyring import Keyring
from tests.bench.appending import SERVICE, decided

if TYPE_CHECKING:
    from services.runtime.database import Connection


async def stored(connection: Connection) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(
        "select e.stream_id, e.version, e.event_id, e.type, e.recorded_at, e.topic, e.partition,"
        " e.body, o.topic, o.partition from outbox o join events e on e.event_id = o.item_id"
        " order by o.id"
    )
    return await cursor.fetchall()


async def test_both_ways_leave_the_same_rows_in_the_same_order(a_database: str) -> None:
    store, moment = EventStore(SERVICE, Topics("t"), Keyring(bytes(32))), now()
    some = [decided("storing", number) for number in range(FEW + 1)]
    async with await connect(a_database, SERVICE) as connection:
        async with connection.transaction(force_rollback=True):
            await store.append(connection, some, moment)
            by_copy = await stored(connection)
        async with connection.transaction():
            await store.append(connection, some[:FEW], moment)
            await store.append(connection, some[FEW:], moment)
        assert len(by_copy) == FEW + 1
        assert await stored(connection) == by_copy


async def test_a_version_that_is_taken_is_a_conflict_both_ways(a_database: str) -> None:
    store = EventStore(SERVICE, Topics("t"), Keyring(bytes(32)))
    some = [decided("taken", number) for number in range(FEW + 1)]
    async with await connect(a_database, SERVICE) as connection:
        async with connection.transaction():
            await store.append(connection, some[:1], now())
        for again in (some[:1], some):
            with pytest.raises(ConflictError):
                async with connection.transaction():
                    await store.append(connection, again, now())
        assert len(await stored(connection)) == 1
