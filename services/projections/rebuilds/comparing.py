"""A view's two copies at one position: rows, a hash of each table, and the fields that differ.

In one snapshot, in which whichever copy is behind is first brought to the other's position; that is
rolled back afterwards. Nobody has to stand still for it but the copy that is caught up.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors, sql

from services.projections.rebuilds.copies import NEXT, OLD, SCHEMA
from services.projections.rebuilds.requests import NotNowError
from services.projections.rebuilds.switching import MOST_BEHIND
from services.projections.runner import Runner

if TYPE_CHECKING:
    from services.projections.view import Table, View
    from services.runtime.database import Connection

SHOWN = 20
ATTEMPTS = 10

SUMMARY_SQL = """
select count(*), encode(sha256(convert_to(coalesce(
  string_agg(md5(row({columns})::text), '' order by key collate "C"), ''), 'UTF8')), 'hex')
from {name}
"""

DIFFERENCES_SQL = """
select coalesce(s.key, o.key), s.key is not null, o.key is not null,
       array[{served_texts}], array[{other_texts}], count(*) over ()
from {name} s full join {copy} o on o.key = s.key
where row({served}) is distinct from row({other})
order by 1 limit %s
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, or with the name `row` a row that only one of them has."""

    table: str
    key: str
    field: str
    served: str | None
    other: str | None


@dataclass(frozen=True, slots=True)
class TableComparison:
    """One table of both copies."""

    table: str
    served_rows: int
    other_rows: int
    served_hash: str
    other_hash: str
    differing_rows: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both copies at `position`, the copy that is not served named by its suffix."""

    view: str
    copy: str
    position: int
    tables: tuple[TableComparison, ...]
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """No row of any table differs."""
        return not any(table.differing_rows for table in self.tables)


async def compare(connection: Connection, view: View) -> Comparison:
    """The served copy and the other. NotNowError when there is no other, or they cannot meet."""
    for _ in range(ATTEMPTS):
        try:
            async with connection.transaction(force_rollback=True):
                await connection.execute("set transaction isolation level repeatable read")
                return await _compare(connection, view)
        except errors.SerializationFailure:
            await asyncio.sleep(0.1)
    raise NotNowError(f"the copy of {view.name} moves too much to be compared: try again")


async def _compare(connection: Connection, view: View) -> Comparison:
    cursor = await connection.execute(
        "select view, position from checkpoints where view = any(%s) order by view",
        [[view.name, view.name + NEXT, view.name + OLD]],
    )
    positions: dict[str, int] = dict(await cursor.fetchall())
    copy = next((suffix for suffix in (NEXT, OLD) if view.name + suffix in positions), None)
    if copy is None:
        raise NotNowError(f"there is no other copy of {view.name} to compare with")
    both = sorted((Runner(view, ""), Runner(view, copy)), key=lambda r: positions[r.checkpoint])
    behind, ahead = both
    position = positions[ahead.checkpoint]
    if position - positions[behind.checkpoint] > MOST_BEHIND:
        raise NotNowError(f"{behind.checkpoint} is far behind: wait until it has followed")
    if positions[behind.checkpoint] < position:
        await behind.prepare(connection)
        while await behind.step(connection, until=position):
            pass
    tables, differences = [], list[Difference]()
    for table in view.tables:
        found, fields = await _table(connection, table, copy)
        tables.append(found)
        differences += fields
    return Comparison(view.name, copy, position, tuple(tables), tuple(differences[:SHOWN]))


async def _table(
    connection: Connection, table: Table[Any], copy: str
) -> tuple[TableComparison, list[Difference]]:
    names = {
        "name": sql.Identifier(SCHEMA, table.name),
        "copy": sql.Identifier(SCHEMA, table.name + copy),
    }
    comma, columns = sql.SQL(", "), table.columns
    summaries = []
    for name in names.values():
        statement = sql.SQL(SUMMARY_SQL).format(
            columns=comma.join(map(sql.Identifier, columns)), name=name
        )
        summaries += await (await connection.execute(statement)).fetchall()
    statement = sql.SQL(DIFFERENCES_SQL).format(
        served=comma.join(sql.Identifier("s", column) for column in columns),
        other=comma.join(sql.Identifier("o", column) for column in columns),
        served_texts=_texts("s", columns),
        other_texts=_texts("o", columns),
        **names,
    )
    rows = await (await connection.execute(statement, [SHOWN])).fetchall()
    (served_rows, served_hash), (other_rows, other_hash) = summaries
    return (
        TableComparison(
            table.name, served_rows, other_rows, served_hash, other_hash, rows[0][5] if rows else 0
        ),
        [each for row in rows for each in _fields(table, row)],
    )


def _texts(copy: str, columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(copy, column)) for column in columns
    )


def _fields(table: Table[Any], row: tuple[Any, ...]) -> list[Difference]:
    key, is_served, is_other, served, other, _ = row
    if not (is_served and is_other):
        there = {True: "there", False: None}
        return [Difference(table.name, key, "row", there[is_served], there[is_other])]
    return [
        Difference(table.name, key, column, one, two)
        for column, one, two in zip(table.columns, served, other, strict=True)
        if one != two
    ]
