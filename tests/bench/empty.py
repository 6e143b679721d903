"""Stations with an empty decision: the same loop, reading and COPY, of what was decided beforehand.

What remains out of them is the station's own work: what it looks up, what it decides.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

from psycopg import sql

from events.codec import decode
from events.header import header
from services.ledger.append import COPY_LEDGER
from services.ledger.append import COPY_TYPES as LEDGER_TYPES
from services.projections.runner import BATCH, Runner
from services.runtime.database import connect, open_pool
from services.runtime.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.projections.view import Table, View
    from services.runtime.database import Connection
    from services.runtime.kafka import Record
    from tests.bench.line import Line

Row = tuple[Any, ...]
LEDGER_COLUMNS = (
    "position, event_id, stream_id, version, type, recorded_at, topic, partition, number, body"
)


async def rows_of(line: Line, schema: str, columns: str, table: str, order: str) -> list[Row]:
    """What a station wrote."""
    async with await connect(line.database_url, schema) as connection:
        cursor = await connection.execute(
            f"select {columns} from {table} order by {order}".encode()
        )
        return await cursor.fetchall()


@dataclass
class PreparedLeaves:
    """As the ledger reads and writes: headers, leaves by COPY, then its size."""

    rows: Sequence[Row]
    seen: int = 0

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        for record in records:
            header(record.value or b"")
        await connection.execute("select size from ledger_size for update")
        before, self.seen = self.seen, self.seen + len(records)
        await _copy(connection, COPY_LEDGER, LEDGER_TYPES, self.rows[before : self.seen])
        await connection.execute("update ledger_size set size = %s", [self.seen])


@asynccontextmanager
async def empty_inbox(
    line: Line, consumer: str, schema: str, prepared: PreparedLeaves
) -> AsyncIterator[Inbox]:
    """The consumer's inbox with nothing to decide."""
    async with open_pool(line.database_url, schema) as pool:
        yield Inbox(consumer, pool, prepared, lambda: None, gaps_allowed=consumer == "intake")


async def _copy(
    connection: Connection, statement: str, types: Sequence[str], rows: Sequence[Row]
) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)


async def bare_copy(line: Line, rows: Sequence[Row], like: str = "") -> float:
    """Leaves/s in one transaction into a table without any index, or as much `like` the ledger."""
    async with await connect(line.database_url, "projections") as connection:
        await connection.execute(f"create table bare (like ledger {like})".encode())
        began = perf_counter()
        async with connection.transaction():
            statement = COPY_LEDGER.replace("copy ledger", "copy bare")
            await _copy(connection, statement, LEDGER_TYPES, rows)
        took = perf_counter() - began
        await connection.execute("drop table bare")
    return len(rows) / took


@dataclass
class EmptyView:
    """A view's loop that reads and decodes the ledger, and writes rows folded beforehand."""

    view: View
    batches: list[list[list[Row]]] = field(default_factory=list)
    """For each batch of the ledger, for each table, the rows it touches."""

    async def prepare(self, finished: Line, bodies: Sequence[bytes]) -> None:
        """Fold once, untimed: which rows each batch touches, as they are in the end."""
        final = {}
        for table in self.view.tables:
            columns = ", ".join(table.columns)
            rows = await rows_of(finished, "projections", columns, table.name, "key")
            final[table.name] = {row[0]: row for row in rows}
        for first, last in pairwise([*range(0, len(bodies), BATCH), len(bodies)]):
            envelopes = [
                envelope
                for body in bodies[first:last]
                if (envelope := decode(body)).type in self.view.handled
            ]
            self.batches.append(
                [
                    [final[t.name][key] for key in {t.key(e): None for e in envelopes} if key]
                    for t in self.view.tables
                ]
            )

    async def rate(self, line: Line, count: int) -> float:
        """Events/s."""
        async with await connect(line.database_url, "projections") as connection:
            await Runner(self.view).prepare(connection)
            began = perf_counter()
            for number, batch in enumerate(self.batches):
                await self._step(connection, number * BATCH, batch)
            return count / (perf_counter() - began)

    async def _step(self, connection: Connection, start: int, batch: list[list[Row]]) -> None:
        async with connection.transaction():
            await connection.execute(
                "select position from checkpoints where view = %s for update", [self.view.name]
            )
            cursor = await connection.execute(
                "select position, type, body from ledger where position >= %s"
                " order by position limit %s",
                [start, BATCH],
            )
            for _, name, body in await cursor.fetchall():
                if name in self.view.handled:
                    decode(bytes(body))
            for table, rows in zip(self.view.tables, batch, strict=True):
                await _upsert(connection, table, rows)
            await connection.execute(
                "update checkpoints set position = %s where view = %s",
                [start + BATCH, self.view.name],
            )


async def _upsert(connection: Connection, table: Table[Any], rows: Sequence[Row]) -> None:
    names = [sql.Identifier(name) for name in table.columns]
    columns = sql.SQL(", ").join(names)
    target, staging = sql.Identifier(table.name), sql.Identifier(f"staging_{table.name}")
    copy_sql = sql.SQL("copy {} ({}) from stdin").format(staging, columns)
    async with connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
        for row in rows:
            await copy.write_row(row)
    changes = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(n) for n in names[1:])
    await connection.execute(
        sql.SQL("insert into {} ({}) select {} from {} on conflict (key) do update set {}").format(
            target, columns, columns, staging, changes
        )
    )
