"""States of a rebuild that tests begin with."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from events.codec import encode
from events.topics import Topics, partition_of
from services.ledger.append import COPY_LEDGER, COPY_TYPES
from services.projections.runner import Runner
from tests.bench.histories import Histories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from events.envelope import Envelope
    from services.projections.view import View
    from services.runtime.database import Connection


def lives(seed: int = 1) -> Iterator[Envelope]:
    """An endless history."""
    return iter(Histories(seed))


async def add(connection: Connection, envelopes: Iterable[Envelope], count: int) -> None:
    """Append the next `count` of them in one transaction."""
    await add_bodies(connection, [(each, encode(each)) for each in islice(envelopes, count)])


async def add_bodies(connection: Connection, some: Iterable[tuple[Envelope, bytes]]) -> None:
    """Append envelopes with bytes that need not be theirs."""
    async with connection.transaction():
        cursor = await connection.execute("select size from ledger_size for update")
        (size,) = await cursor.fetchone() or (0,)
        async with connection.cursor() as cursor, cursor.copy(COPY_LEDGER.encode()) as copy:
            copy.set_types(COPY_TYPES)
            for each, body in some:
                await copy.write_row(
                    (
                        size,
                        each.event_id,
                        each.stream_id,
                        each.version,
                        each.type,
                        each.recorded_at,
                        Topics().of(each.type.split(".")[0]),
                        partition_of(each.stream_id),
                        size,
                        body,
                    )
                )
                size += 1
        await connection.execute("update ledger_size set size = %s", [size])


async def served(connection: Connection, view: View) -> Runner:
    """The served copy, brought up to the ledger's end."""
    runner = Runner(view)
    await runner.prepare(connection)
    while await runner.step(connection):
        pass
    return runner


async def rows_of(connection: Connection, view: View, suffix: str = "") -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found = {}
    for table in view.tables:
        columns = ", ".join(table.columns)
        cursor = await connection.execute(
            f"select row({columns})::text from {table.name}{suffix} order by key".encode()
        )
        found[table.name] = [row[0] for row in await cursor.fetchall()]
    return found
