"""Runs a view: reads the ledger from its checkpoint, folds, writes rows and checkpoint together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from events.codec import decode
from events.registry import EVENTS, UnknownEventError
from events.upcasts import STEPS
from services.projections.ledger import GROWN
from services.projections.view import Entry, fold
from services.runtime.database import connect
from services.runtime.log import logger
from services.runtime.wake import rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.projections.view import Table, View
    from services.runtime.database import Connection
    from services.runtime.stations import Station
    from services.runtime.wake import Wake

BATCH = 1000
POLL_SECONDS = 2.0
RETRY_SECONDS = 1.0
CHANGED = "views"
SILENT = "access."
"""Events of reads: a page that they woke would be read again, and so on for ever."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One view, kept up to date. `suffix` names another copy of its tables, for a rebuild."""

    view: View
    suffix: str = ""

    @property
    def checkpoint(self) -> str:
        """Name of the checkpoint."""
        return self.view.name + self.suffix

    async def run(self, database_url: str, wake: Wake, station: Station) -> None:
        """Follow the ledger until cancelled. A failing event stops this view, loudly."""
        bell = wake.bell(GROWN)
        while True:
            try:
                async with await connect(database_url, "projections") as connection:
                    await self.prepare(connection)
                    while True:
                        moved, news = await self.advance(connection)
                        station.beat()
                        station.alarm = None
                        if news:
                            wake.ring(CHANGED)
                        if not moved:
                            await rest(bell, POLL_SECONDS)
            except psycopg.OperationalError as error:
                logger().warning("view.trouble", view=self.view.name, error=type(error).__name__)
            except Exception as error:
                station.alarm = f"stopped: {type(error).__name__}"
                station.beat()
                logger().exception("view.stopped", view=self.view.name)
            await asyncio.sleep(RETRY_SECONDS)

    async def prepare(self, connection: Connection) -> None:
        """Make the checkpoint and this connection's staging tables."""
        await connection.execute(
            "insert into checkpoints (view) values (%s) on conflict do nothing", [self.checkpoint]
        )
        for table in self.view.tables:
            await connection.execute(
                sql.SQL(
                    "create temporary table if not exists {} (like {}) on commit delete rows"
                ).format(_staging(table), self._target(table))
            )

    async def step(self, connection: Connection) -> int:
        """Apply the next events in one transaction; gives how many positions were passed."""
        return (await self.advance(connection))[0]

    async def advance(self, connection: Connection) -> tuple[int, bool]:
        """As `step`; says also whether anything was among them that a page may wait for."""
        async with connection.transaction():
            cursor = await connection.execute(
                "select position from checkpoints where view = %s for update", [self.checkpoint]
            )
            row = await cursor.fetchone()
            start = row[0] if row else 0
            cursor = await connection.execute(
                "select position, type, body from ledger where position >= %s"
                " order by position limit %s",
                [start, BATCH],
            )
            stored = await cursor.fetchall()
            if not stored:
                return 0, False
            entries = self._entries(stored)
            for table in self.view.tables:
                await self._apply(connection, table, entries)
            await connection.execute(
                "update checkpoints set position = %s, moved_at = clock_timestamp()"
                " where view = %s",
                [stored[-1][0] + 1, self.checkpoint],
            )
        return len(stored), any(not name.startswith(SILENT) for _, name, _ in stored)

    def _entries(self, stored: Sequence[tuple[Any, ...]]) -> list[Entry]:
        handled = self.view.handled
        entries = []
        for position, name, body in stored:
            if name not in EVENTS and name not in STEPS:
                raise UnknownEventError(name)
            if name in handled or name in STEPS:
                entries.append(Entry(position, decode(bytes(body))))
        return entries

    async def _apply(
        self, connection: Connection, table: Table[Any], entries: Sequence[Entry]
    ) -> None:
        keys = {key for entry in entries if (key := table.key(entry.envelope)) is not None}
        if not keys:
            return
        names = [sql.Identifier(name) for name in table.columns]
        columns = sql.SQL(", ").join(names)
        cursor = await connection.execute(
            sql.SQL("select {} from {} where key = any(%b)").format(columns, self._target(table)),
            [list(keys)],
        )
        rows = {row[0]: table.row(*row) for row in await cursor.fetchall()}
        touched = fold(table, rows, entries)
        copy_sql = sql.SQL("copy {} ({}) from stdin").format(_staging(table), columns)
        async with connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
            values = table.values
            for row in touched.values():
                await copy.write_row(values(row))
        changes = [sql.SQL("{0} = excluded.{0}").format(name) for name in names[1:]]
        await connection.execute(
            sql.SQL(
                "insert into {} ({}) select {} from {} on conflict (key) do update set {}"
            ).format(
                self._target(table), columns, columns, _staging(table), sql.SQL(", ").join(changes)
            )
        )

    def _target(self, table: Table[Any]) -> sql.Identifier:
        return sql.Identifier("projections", table.name + self.suffix)


def _staging(table: Table[Any]) -> sql.Identifier:
    return sql.Identifier("staging_" + table.name)
