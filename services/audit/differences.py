"""Live views compared with the ledger: replayed beside them in one snapshot, field by field.

Every view is compared at its own checkpoint, which is written together with its rows; so events
that come in meanwhile make no difference, and a view that lags is not called wrong.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from services.audit.belonging import belonging
from services.audit.by_number import by_number
from services.audit.folding import PREFIX, Folding
from services.audit.refusals import CannotCompareError
from services.projections import queries
from services.projections.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from uuid import UUID

    from services.projections.view import Table, View
    from services.runtime.database import Connection

TABLES = [table for view in VIEWS for table in view.tables]
MOST_SHOWN = 1000
"""Rows of which each difference is kept; beyond that they are only counted."""
CURSOR = "differences"
CHECKPOINTS = "checkpoints"
UNKNOWN, MISSING = "only in the live view", "missing in the live view"
DRAWN_SQL = """
with reports as (
  select stream_id from ledger where type like 'intake.report-submitted.%%'
)
select stream_id from reports
order by sha256(convert_to(%(seed)s || '/' || stream_id, 'UTF8')), stream_id
limit (select ceil(count(*) * %(percent)s / 100.0) from reports)
"""
COUNT_SQL = "select count(*) from {} where %(keys)s::text[] is null or key = any(%(keys)s)"
COMPARE_SQL = """
select coalesce(live.key, replayed.key),
       case when live.key is not null then to_jsonb(live) end,
       case when replayed.key is not null then to_jsonb(replayed) end
from (select {columns} from {live} where %(keys)s::text[] is null or key = any(%(keys)s)) live
full join {replayed} replayed on replayed.key = live.key
where live.key is null or replayed.key is null or ({live_columns}) is distinct from
      ({replayed_columns})
order by 1
"""
STAY_SQL = sql.SQL("lock table {} in access share mode").format(
    sql.SQL(", ").join(sql.Identifier("projections", table.name) for table in TABLES)
)
"""No copy of a view is switched meanwhile: by name the new one, seen as of before, would differ."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the ledger says; None on the side that lacks it."""

    view: str
    table: str
    key: str
    live: Row | None
    replayed: Row | None

    def fields(self) -> list[tuple[str, Any, Any]]:
        """Name, live and replayed value of every field that differs; all, if one side lacks it."""
        live, replayed = self.live or {}, self.replayed or {}
        names = dict.fromkeys([*live, *replayed])
        both = self.live is not None and self.replayed is not None
        return [
            (name, live.get(name), replayed.get(name))
            for name in names
            if not both or live.get(name) != replayed.get(name)
        ]

    @property
    def kind(self) -> str:
        """In which way it differs."""
        if self.replayed is None:
            return UNKNOWN
        return MISSING if self.live is None else "changed"

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        fields = [
            {"field": name, "live": live, "replayed": replayed}
            for name, live, replayed in self.fields()
        ]
        return {
            "view": self.view,
            "table": self.table,
            "key": self.key,
            "kind": self.kind,
            "fields": fields,
        }


@dataclass(slots=True)
class Comparison:
    """What was compared, and what was found; `through`: the last position that each view saw."""

    head: int
    events: int = 0
    records: list[UUID] = field(default_factory=list)
    through: dict[str, int] = field(default_factory=dict)
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    frozen: dict[str, dict[str, int]] = field(default_factory=dict)
    """By table and key the first position that cannot be folded; the row was compared up to it."""

    different_rows: int = 0
    differences: list[Difference] = field(default_factory=list)

    def found(self, difference: Difference) -> None:
        """One more."""
        self.different_rows += 1
        if len(self.differences) < MOST_SHOWN:
            self.differences.append(difference)

    def as_json(self) -> dict[str, Any]:
        """For a script and over HTTP."""
        rows = {
            table: {"live": live, "replayed": replayed}
            for table, (live, replayed) in self.rows.items()
        }
        return {
            "head": self.head,
            "events": self.events,
            "records": self.records,
            "through": self.through,
            "rows": rows,
            "frozen": self.frozen,
            "different_rows": self.different_rows,
            "differences": [each.as_json() for each in self.differences],
        }


@asynccontextmanager
async def snapshot(connection: Connection) -> AsyncIterator[None]:
    """A transaction that sees one snapshot of the database; CannotCompareError if refused."""
    try:
        async with connection.transaction():
            await connection.execute("set transaction isolation level repeatable read")
            await connection.execute(STAY_SQL)  # before anything is seen
            yield
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.IntegrityError) as error:
        kind = type(error).__name__  # a table or column that is not as its migrations made it
        raise CannotCompareError(f"the views cannot be compared: {kind}") from error


async def everything(
    connection: Connection, progress: Callable[[int, int], None], views: Collection[View] = VIEWS
) -> Comparison:
    """Replay the whole ledger and compare every row of every view."""
    async with snapshot(connection):
        ends = await checkpoints(connection, views)
        compared = Comparison(await queries.head(connection))
        folding = Folding(connection, ends)
        await folding.prepare()
        await connection.execute("set transaction read only")
        compared.events = await folding.whole(progress)
        await compare(connection, compared, folding, ends)
    return compared


async def of_record(connection: Connection, number: str) -> Comparison:
    """Replay what a report, call or case number leads to; UnknownNumberError if to nothing."""
    async with snapshot(connection):
        return await _of_streams(connection, await by_number(connection, number))


async def of_sample(connection: Connection, percent: float, seed: int) -> Comparison:
    """Replay the records of that share of all reports, drawn from the ledger by the seed."""
    async with snapshot(connection):
        cursor = await connection.execute(DRAWN_SQL, {"seed": str(seed), "percent": percent})
        return await _of_streams(connection, [row[0] for row in await cursor.fetchall()])


async def _of_streams(connection: Connection, streams: Collection[str]) -> Comparison:
    ends = await checkpoints(connection, VIEWS)
    found = await belonging(connection, streams, VIEWS)
    head = await queries.head(connection)
    compared = Comparison(head, len(found.stored), found.records())
    folding = Folding(connection, ends, found.wanted)
    await folding.prepare()
    await connection.execute("set transaction read only")
    await folding.add(found.in_order())
    await folding.finish()
    await compare(connection, compared, folding, ends, found.wanted)
    return compared


async def checkpoints(connection: Connection, views: Collection[View]) -> dict[View, int]:
    """The next position of each view; 0 of one that has not begun.

    CannotCompareError when another version of a fold made the rows.
    """
    cursor = await connection.execute("select view, position, version from checkpoints")
    found = {name: (position, version) for name, position, version in await cursor.fetchall()}
    ends = {}
    for view in views:
        ends[view], version = found.get(view.name, (0, view.version))
        if version != view.version:
            raise CannotCompareError(f"{view.name} has to be rebuilt first: rows of {version}")
    return ends


async def compare(
    connection: Connection,
    compared: Comparison,
    folding: Folding,
    ends: Mapping[View, int],
    wanted: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Compare the live tables, or those keys of them, with what was folded beside them."""
    for view, end in ends.items():
        compared.through[view.name] = end - 1
        if end > compared.head + 1:
            beyond = {"position": end}, {"position": compared.head + 1}
            compared.found(Difference(view.name, CHECKPOINTS, view.name, *beyond))
        for table in view.tables:
            keys = None if wanted is None else list(wanted[table.name])
            await _compare_table(connection, compared, view, table, keys)
            if frozen := folding.frozen(table.name):
                compared.frozen[table.name] = frozen


async def _compare_table(
    connection: Connection,
    compared: Comparison,
    view: View,
    table: Table[Any],
    keys: list[str] | None,
) -> None:
    live = sql.Identifier("projections", table.name)
    replayed = sql.Identifier(PREFIX + table.name)
    counts = []
    for name in (live, replayed):
        cursor = await connection.execute(sql.SQL(COUNT_SQL).format(name), {"keys": keys})
        row = await cursor.fetchone()
        counts.append(row[0] if row else 0)
    compared.rows[table.name] = (counts[0], counts[1])
    statement = sql.SQL(COMPARE_SQL).format(
        columns=_columns(table),
        live=live,
        replayed=replayed,
        live_columns=_columns(table, "live"),
        replayed_columns=_columns(table, "replayed"),
    )
    async with connection.cursor(CURSOR) as cursor:
        await cursor.execute(statement, {"keys": keys})
        async for key, here, there in cursor:
            sides = (_in_order(table, here), _in_order(table, there))
            compared.found(Difference(view.name, table.name, key, *sides))


def _in_order(table: Table[Any], row: Row | None) -> Row | None:
    """The fields as the table has them: jsonb has an order of its own."""
    return {name: row[name] for name in table.columns} if row else None


def _columns(table: Table[Any], of: str | None = None) -> sql.Composed:
    names = [sql.Identifier(*([of] if of else []), name) for name in table.columns]
    return sql.SQL(", ").join(names)
