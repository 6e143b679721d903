"""Rows of one copy of a view's table: read by key, written in bulk, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.projections.view import Table
    from services.runtime.database import Connection

Row = TypeVar("Row", bound=tuple[Any, ...])
SCHEMA = "projections"


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """The table `table` of the copy whose tables end in `suffix`, staged on one connection."""

    table: Table[Row]
    suffix: str
    types: tuple[int, ...]
    """Postgres types of the columns, so that rows travel in binary."""

    @classmethod
    async def open(cls, connection: Connection, table: Table[Row], suffix: str) -> Rows[Row]:
        """Make the staging table of this connection and look up the types."""
        name = table.name + suffix
        target = sql.Identifier(SCHEMA, name)
        await connection.execute(
            sql.SQL(
                "create temporary table if not exists {} (like {}) on commit delete rows"
            ).format(_staging(name), target)
        )
        cursor = await connection.execute(
            "select attname, atttypid from pg_attribute where attrelid = %s::regclass"
            " and attnum > 0 and not attisdropped",
            [target.as_string(connection)],
        )
        types: dict[str, int] = dict(await cursor.fetchall())
        return cls(table, suffix, tuple(types[name] for name in table.columns))

    @property
    def target(self) -> sql.Identifier:
        """The table itself."""
        return sql.Identifier(SCHEMA, self.table.name + self.suffix)

    @property
    def _columns(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.table.columns))

    async def read(self, connection: Connection, keys: Collection[str]) -> dict[str, Row]:
        """The rows of these keys, as far as there are any."""
        if not keys:
            return {}
        cursor = await connection.cursor(binary=True).execute(
            sql.SQL("select {} from {} where key = any(%b)").format(self._columns, self.target),
            [list(keys)],
        )
        return {row[0]: self.table.row(*row) for row in await cursor.fetchall()}

    async def add(self, connection: Connection, rows: Collection[Row]) -> None:
        """Write rows of new keys. Postgres refuses a key that is there."""
        await self._copy(connection, self.target, rows)

    async def write(self, connection: Connection, rows: Collection[Row]) -> None:
        """Put rows in the place of those with the same key."""
        if not rows:
            return
        staging = _staging(self.table.name + self.suffix)
        await self._copy(connection, staging, rows)
        names = [sql.Identifier(name) for name in self.table.columns[1:]]
        columns, comma = self._columns, sql.SQL(", ")
        changes = comma.join(sql.SQL("{0} = excluded.{0}").format(name) for name in names)
        await connection.execute(
            sql.SQL(
                "insert into {} ({}) select {} from {} on conflict (key) do update set {}"
            ).format(self.target, columns, columns, staging, changes)
        )
        # The next batch may be of the same transaction.
        await connection.execute(sql.SQL("delete from {}").format(staging))

    async def _copy(
        self, connection: Connection, target: sql.Identifier, rows: Collection[Row]
    ) -> None:
        if not rows:
            return
        copy_sql = sql.SQL("copy {} ({}) from stdin (format binary)").format(target, self._columns)
        values = self.table.values
        async with connection.cursor() as cursor, cursor.copy(copy_sql) as copy:
            copy.set_types(self.types)
            for row in rows:
                await copy.write_row(values(row))


def _staging(name: str) -> sql.Identifier:
    return sql.Identifier("staging_" + name)
