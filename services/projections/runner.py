"""One copy of a view: reads the ledger from its checkpoint, folds, writes rows and checkpoint
together. See `following.py` for the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from events.excerpt import excerpts
from events.registry import EVENTS, UnknownEventError
from events.upcasts import STEPS
from services.projections import parked_entries
from services.projections.freezing import fold_or_park
from services.projections.rows import Rows
from services.projections.view import Entry
from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.projections.view import Table, View
    from services.runtime.database import Connection

BATCH = 1000
CHANGED = "views"
SILENT = "access."
"""Events of reads: a page that they woke would be read again, and so on for ever."""
Stored = tuple[int, str, bytes | None]
"""Position, type and, if the view handles the type, bytes of an event in the ledger."""


class StoppedError(Exception):
    """An event of which nobody can say what rows it concerns. `reason` holds nothing personal."""

    def __init__(self, position: int, error: Exception) -> None:
        self.reason = f"{type(error).__name__} at position {position}"
        super().__init__(self.reason)


class AnotherVersionError(Exception):
    """The rows were made by another version of the fold: only a rebuild makes them ours."""


class NoSuchCopyError(Exception):
    """The copy was dropped, or serves under another name now."""


@dataclass(slots=True)
class Batch:
    """Entries of one step from position `first` on, and for each table which rows they belong to.

    `stopped` says why there are no more of them.
    """

    first: int
    keyed: dict[str, list[tuple[str, Entry]]]
    passed: int = 0
    stopped: StoppedError | None = None


@dataclass(slots=True)
class Runner:
    """One copy of a view, kept up to date. `suffix` names it; without one it is what is served."""

    view: View
    suffix: str = ""
    rows: list[Rows[Any]] = field(default_factory=list)

    @property
    def checkpoint(self) -> str:
        """The name of its row in `checkpoints`."""
        return self.view.name + self.suffix

    @property
    def wanted(self) -> list[str]:
        """Stored names of the events whose bytes are needed; of others the name is enough."""
        return [*self.view.handled, *STEPS]

    async def prepare(self, connection: Connection) -> None:
        """Make this connection's staging tables, and the checkpoint."""
        self.rows = [await Rows.open(connection, table, self.suffix) for table in self.view.tables]
        await connection.execute(
            "insert into checkpoints (view, version) values (%s, %s) on conflict do nothing",
            [self.checkpoint, self.view.version],
        )

    async def lock(self, connection: Connection) -> int:
        """The next position, locked until the transaction ends.

        AnotherVersionError when these rows are not ours to fold; NoSuchCopyError.
        """
        for _ in range(2):  # whoever waited for a switch finds the row under its other name
            cursor = await connection.execute(
                "select position, version from checkpoints where view = %s for update",
                [self.checkpoint],
            )
            if row := await cursor.fetchone():
                break
        else:
            raise NoSuchCopyError(self.checkpoint)
        if row[1] != self.view.version:
            raise AnotherVersionError(
                f"rows of version {row[1]}, this is version {self.view.version}:"
                f" run `blotter rebuild {self.view.name}`"
            )
        return int(row[0])

    async def step(
        self, connection: Connection, limit: int = BATCH, until: int | None = None
    ) -> int:
        """Apply the next events in one transaction; gives how many positions were passed.

        At most `limit`, and none from position `until` on.
        """
        return (await self.advance(connection, limit, until))[0]

    async def advance(
        self, connection: Connection, limit: int = BATCH, until: int | None = None
    ) -> tuple[int, bool]:
        """As `step`; says also whether anything was among them that a page may wait for."""
        async with connection.transaction():
            start = await self.lock(connection)
            end = start + limit if until is None else min(until, start + limit)
            stored = await read_ledger(connection, self.wanted, start, end)
            passed = await self.apply(connection, stored) if stored else 0
        return passed, any(not name.startswith(SILENT) for _, name, _ in stored[:passed])

    async def apply(self, connection: Connection, stored: Sequence[Stored]) -> int:
        """Fold events from the checkpoint on, which the caller's transaction has locked.

        Up to one that cannot be read; StoppedError when that is the first.
        """
        batch = self.open_batch(stored[0][0])
        self.read_into(batch, stored)
        return await self.write(connection, batch)

    async def write(self, connection: Connection, batch: Batch) -> int:
        """Fold a batch that begins at the checkpoint; gives how many positions it passed."""
        if batch.stopped and not batch.passed:
            raise batch.stopped
        frozen = await parked_entries.frozen(connection, self.checkpoint)
        for rows in self.rows:
            name = rows.table.name
            await self._apply(connection, rows, batch.keyed[name], frozen[name])
        await connection.execute(
            "update checkpoints set position = %s, failed = null, moved_at = clock_timestamp()"
            " where view = %s",
            [batch.first + batch.passed, self.checkpoint],
        )
        return batch.passed

    async def drain(self, connection: Connection) -> int:
        """Try again what is parked: the fold may have been mended since."""
        read = excerpts(self.view.unread)
        async with connection.transaction():
            await self.lock(connection)
            return sum(
                [
                    await parked_entries.drain(connection, self.checkpoint, rows, read)
                    for rows in self.rows
                ]
            )

    async def say_failed(self, connection: Connection, reason: str) -> None:
        """For whoever looks at the checkpoint."""
        await connection.execute(
            "update checkpoints set failed = %s where view = %s", [reason, self.checkpoint]
        )

    def open_batch(self, first: int) -> Batch:
        """An empty one."""
        return Batch(first, {table.name: [] for table in self.view.tables})

    def read_into(self, batch: Batch, stored: Sequence[Stored]) -> None:
        """Decode the next events of a batch, up to one that cannot be decoded. Pure."""
        read = excerpts(self.view.unread)
        tables = [(table.key, batch.keyed[table.name].append) for table in self.view.tables]
        for position, name, body in stored:
            try:
                if body is not None:
                    entry = Entry(position, read(body))
                    for key_of, add in tables:
                        if (key := key_of(entry.envelope)) is not None:
                            add((key, entry))
                elif name not in EVENTS:
                    raise UnknownEventError(name)
            except Exception as error:
                batch.stopped = StoppedError(position, error)
                batch.stopped.__cause__ = error
                return
            batch.passed += 1

    async def _apply(
        self,
        connection: Connection,
        rows: Rows[Any],
        keyed: list[tuple[str, Entry]],
        frozen: set[str],
    ) -> None:
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
                    "view.parked",
                    view=self.checkpoint,
                    table=table.name,
                    position=parked.position,
                    reason=parked.reason,
                )


async def read_ledger(
    connection: Connection, wanted: list[str], start: int, end: int
) -> list[Stored]:
    """Events from position `start` up to `end`; the bytes of the types `wanted` only."""
    cursor = await connection.cursor(binary=True).execute(
        "select position, type, case when type = any(%b) then body end from ledger"
        " where position >= %s and position < %s order by position",
        [wanted, start, end],
    )
    return await cursor.fetchall()


def _opened(table: Table[Any], keyed: list[tuple[str, Entry]]) -> set[str]:
    """The keys that an entry makes a row of: there is none before."""
    return {key for key, entry in keyed if type(entry.envelope.data) is table.opens}
