"""Folds events into tables of this session, beside the live ones, in bounded memory.

Rows are kept here until there are too many and then moved into the temporary table, from where they
come back when another event touches them. So a ledger of any size fits, and a small one never
leaves memory before the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from events.codec import decode
from events.registry import EVENTS, UnknownEventError
from events.upcasts import STEPS
from services.audit.refusals import CannotReplayError
from services.projections.freezing import fold_or_park
from services.projections.view import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from services.projections.view import Table, View
    from services.runtime.database import Connection

PREFIX = "replayed_"
BATCH = 500
MOST_ROWS = 100_000
"""Rows of one table that are kept in memory, some hundred bytes each."""
CURSOR = "replay"


@dataclass(slots=True)
class _Fold:
    """One table on its way; `end`: the first position that its view has not seen."""

    table: Table[Any]
    handled: frozenset[str]
    end: int
    wanted: Collection[str] | None
    rows: dict[str, Any] = field(default_factory=dict)
    moved: bool = False
    frozen: dict[str, int] = field(default_factory=dict)
    """By key the first position that this version cannot fold, as in the view (ADR 4)."""

    def key(self, name: str, entry: Entry) -> str | None:
        """The row that the event changes, if it changes one that is wanted."""
        if entry.position >= self.end or name not in self.handled:
            return None
        key = self.table.key(entry.envelope)
        return None if self.wanted is not None and key not in self.wanted else key


class Folding:
    """Folds views from the ledger into temporary tables, which the transaction's end drops."""

    def __init__(
        self,
        connection: Connection,
        ends: Mapping[View, int],
        wanted: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """`ends`: up to which position each view is folded. `wanted`: keys by table, else all."""
        self._connection = connection
        self._end = max(ends.values(), default=0)
        self._folds = [
            _Fold(table, view.handled, end, None if wanted is None else wanted[table.name])
            for view, end in ends.items()
            for table in view.tables
        ]
        self.handled = sorted({*STEPS, *(name for view in ends for name in view.handled)})

    async def prepare(self) -> None:
        """Make the tables, like the live ones."""
        for fold in self._folds:
            name = sql.Identifier(PREFIX + fold.table.name)
            live = sql.Identifier("projections", fold.table.name)
            await self._connection.execute(
                sql.SQL(
                    "create temporary table {} (like {}, primary key (key)) on commit drop"
                ).format(name, live)
            )

    async def whole(self, progress: Callable[[int, int], None]) -> int:
        """Fold the ledger from its beginning; gives how many positions it passed."""
        passed = 0
        async with self._connection.cursor(CURSOR) as cursor:
            await cursor.execute(
                "select position, type, case when type = any(%s) then body end from ledger"
                " where position < %s order by position",
                [self.handled, self._end],
            )
            while stored := await cursor.fetchmany(BATCH):
                await self.add(stored)
                passed += len(stored)
                progress(passed, self._end)
        await self.finish()
        return passed

    async def add(self, stored: Sequence[tuple[int, str, bytes | None]]) -> None:
        """Fold these events: position, stored name and body, in ledger order."""
        touching = [_touched(self._folds, *each) for each in stored]
        for number, fold in enumerate(self._folds):
            changes = [
                (position, entry, key)
                for position, entry, keys in touching
                if entry and (key := keys[number]) is not None
            ]
            if fold.moved:
                await self._bring_back(fold, {key for _, _, key in changes} - fold.rows.keys())
            keyed = [(key, entry) for _, entry, key in changes]
            folded = fold_or_park(fold.table, fold.rows, keyed, fold.frozen)
            fold.rows |= folded.touched
            for parked in folded.parked:
                fold.frozen.setdefault(parked.key, parked.position)
            if len(fold.rows) > MOST_ROWS:
                await self._move(fold)

    def frozen(self, table: str) -> dict[str, int]:
        """Rows that were folded only so far: by key the first position that nobody can fold."""
        return next(fold.frozen for fold in self._folds if fold.table.name == table)

    async def finish(self) -> None:
        """Move what is left in memory into the tables."""
        for fold in self._folds:
            await self._move(fold)
            await self._connection.execute(
                sql.SQL("analyze {}").format(sql.Identifier(PREFIX + fold.table.name))
            )

    async def _bring_back(self, fold: _Fold, keys: Collection[str]) -> None:
        if not keys:
            return
        cursor = await self._connection.execute(
            sql.SQL("delete from {} where key = any(%b) returning {}").format(
                sql.Identifier(PREFIX + fold.table.name), columns_of(fold.table)
            ),
            [list(keys)],
        )
        fold.rows |= {row[0]: fold.table.row(*row) for row in await cursor.fetchall()}

    async def _move(self, fold: _Fold) -> None:
        copy_sql = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(PREFIX + fold.table.name), columns_of(fold.table)
        )
        values = fold.table.values
        async with self._connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
            for row in fold.rows.values():
                await copy.write_row(values(row))
        fold.rows, fold.moved = {}, True


def columns_of(table: Table[Any]) -> sql.Composed:
    """Names of the columns, to be selected or filled."""
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def _touched(
    folds: Sequence[_Fold], position: int, name: str, body: bytes | None
) -> tuple[int, Entry | None, list[str | None]]:
    """The entry, and for each table the key of the row that it changes."""
    try:
        if name not in EVENTS and name not in STEPS:
            raise UnknownEventError(name)
        if body is None:
            return position, None, []
        entry = Entry(position, decode(bytes(body)))
        return position, entry, [fold.key(entry.envelope.type, entry) for fold in folds]
    except Exception as error:
        raise CannotReplayError(position, error) from error
