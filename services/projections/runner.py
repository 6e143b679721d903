"""Runs one copy of a view: reads the ledger from its checkpoint, folds, writes rows and checkpoint
together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from events.excerpt import excerpt
from events.registry import EVENTS, UnknownEventError
from events.upcasts import STEPS
from services.projections import parked_entries
from services.projections.freezing import fold_or_park
from services.projections.ledger import GROWN
from services.projections.rows import Rows
from services.projections.view import Entry
from services.runtime.database import connect
from services.runtime.log import logger
from services.runtime.wake import rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Envelope
    from services.projections.view import Table, View
    from services.runtime.database import Connection
    from services.runtime.stations import Station
    from services.runtime.wake import Wake

BATCH = 1000
POLL_SECONDS = 2.0
RETRY_SECONDS = 1.0
CHANGED = "views"
Stored = tuple[Any, ...]
"""Position, type and bytes of an event in the ledger."""


class StoppedError(Exception):
    """An event of which nobody can say what rows it concerns. `reason` holds nothing personal."""

    def __init__(self, position: int, error: Exception) -> None:
        self.reason = f"{type(error).__name__} at position {position}"
        super().__init__(self.reason)


class AnotherVersionError(Exception):
    """The rows were made by another version of the fold: only a rebuild makes them ours."""


@dataclass(slots=True)
class Batch:
    """Entries of one step, and for each table which rows they belong to."""

    passed: int
    keyed: dict[str, list[tuple[str, Entry]]]


@dataclass(slots=True)
class Runner:
    """One copy of a view, kept up to date. `suffix` names it; without one it is what is served."""

    view: View
    suffix: str = ""
    rows: list[Rows[Any]] = field(default_factory=list)

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
                    await self._follow(connection, bell, wake, station)
            except psycopg.OperationalError as error:
                logger().warning("view.trouble", view=self.view.name, error=type(error).__name__)
            except AnotherVersionError as error:
                station.alarm = str(error)
                station.beat()
            except Exception as error:
                station.alarm = f"stopped: {_reason(error)}"
                station.beat()
                logger().exception("view.stopped", view=self.view.name)
                await self._say_failed(database_url, _reason(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(
        self, connection: Connection, bell: asyncio.Event, wake: Wake, station: Station
    ) -> None:
        await self.prepare(connection)
        await self.drain(connection)
        while True:
            moved = await self.step(connection)
            waiting = await parked_entries.count(connection, self.checkpoint) if moved else None
            station.beat()
            if waiting is not None:
                station.alarm = f"{waiting} events parked" if waiting else None
            if moved:
                wake.ring(CHANGED)
            else:
                await rest(bell, POLL_SECONDS)

    async def prepare(self, connection: Connection) -> None:
        """Make the checkpoint and this connection's staging tables."""
        await connection.execute(
            "insert into checkpoints (view, version) values (%s, %s) on conflict do nothing",
            [self.checkpoint, self.view.version],
        )
        self.rows = [await Rows.open(connection, table, self.suffix) for table in self.view.tables]

    async def lock(self, connection: Connection) -> int:
        """The next position, locked until the transaction ends; AnotherVersionError: not ours."""
        cursor = await connection.execute(
            "select position, version from checkpoints where view = %s for update",
            [self.checkpoint],
        )
        position, version = await cursor.fetchone() or (0, self.view.version)
        if version != self.view.version:
            raise AnotherVersionError(self.checkpoint)
        return int(position)

    async def step(
        self, connection: Connection, limit: int = BATCH, until: int | None = None
    ) -> int:
        """Apply the next events in one transaction; gives how many positions were passed.

        At most `limit`, and none from position `until` on.
        """
        async with connection.transaction():
            start = await self.lock(connection)
            stored = await read_ledger(connection, start, limit, until)
            return await self.apply(connection, stored) if stored else 0

    async def apply(self, connection: Connection, stored: Sequence[Stored]) -> int:
        """Fold events from the checkpoint on, which the caller's transaction has locked."""
        batch = self._batch(stored)
        frozen = await parked_entries.frozen(connection, self.checkpoint)
        for rows in self.rows:
            name = rows.table.name
            await self._apply(connection, rows, batch.keyed[name], frozen[name])
        await connection.execute(
            "update checkpoints set position = %s, failed = null, moved_at = clock_timestamp()"
            " where view = %s",
            [stored[0][0] + batch.passed, self.checkpoint],
        )
        return batch.passed

    async def drain(self, connection: Connection) -> int:
        """Try again what is parked: the fold may have been mended since."""
        async with connection.transaction():
            await self.lock(connection)
            applied = 0
            for rows in self.rows:
                applied += await parked_entries.drain(connection, self.checkpoint, rows, self._read)
        return applied

    def _read(self, body: bytes) -> Envelope:
        return excerpt(body, self.view.unread)

    def _batch(self, stored: Sequence[Stored]) -> Batch:
        """What can be read of a batch, up to an event that cannot; StoppedError if it is first."""
        handled, read = self.view.handled, self._read
        batch = Batch(0, {table.name: [] for table in self.view.tables})
        tables = [(table.key, batch.keyed[table.name].append) for table in self.view.tables]
        for position, name, body in stored:
            try:
                if name in handled or name in STEPS:
                    entry = Entry(position, read(body))
                    for key_of, add in tables:
                        if (key := key_of(entry.envelope)) is not None:
                            add((key, entry))
                elif name not in EVENTS:
                    raise UnknownEventError(name)
            except Exception as error:
                if not batch.passed:
                    raise StoppedError(position, error) from error
                break
            batch.passed += 1
        return batch

    async def _apply(
        self, connection: Connection, rows: Rows[Any], keyed: list[tuple[str, Entry]],
        frozen: set[str],
    ) -> None:  # fmt: skip
        if not keyed:
            return
        table, opened = rows.table, _opened(rows.table, keyed) - frozen
        keys = {key for key, _ in keyed}
        before = await rows.read(connection, keys - opened - frozen)
        folded = fold_or_park(table, before, keyed, frozen)
        touched = folded.touched.items()
        await rows.add(connection, [row for key, row in touched if key in opened])
        await rows.write(connection, [row for key, row in touched if key not in opened])
        if folded.parked:
            await parked_entries.park(connection, self.checkpoint, table.name, folded.parked)
            for parked in folded.parked:
                logger().error(
                    "view.parked", view=self.checkpoint, table=table.name,
                    position=parked.position, reason=parked.reason,
                )  # fmt: skip

    async def _say_failed(self, database_url: str, reason: str) -> None:
        try:
            async with await connect(database_url, "projections") as connection:
                await connection.execute(
                    "update checkpoints set failed = %s where view = %s",
                    [reason, self.checkpoint],
                )
        except psycopg.OperationalError as error:
            logger().warning("view.trouble", view=self.view.name, error=type(error).__name__)


async def read_ledger(
    connection: Connection, start: int, limit: int, until: int | None = None
) -> list[Stored]:
    """The next events from `start` on, at most `limit`, and none from `until` on."""
    end = start + limit if until is None else min(until, start + limit)
    cursor = await connection.cursor(binary=True).execute(
        "select position, type, body from ledger where position >= %s and position < %s"
        " order by position",
        [start, end],
    )
    return await cursor.fetchall()


def _opened(table: Table[Any], keyed: list[tuple[str, Entry]]) -> set[str]:
    """The keys that an entry makes a row of: there is none before."""
    return {key for key, entry in keyed if type(entry.envelope.data) is table.opens}


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, StoppedError) else type(error).__name__
