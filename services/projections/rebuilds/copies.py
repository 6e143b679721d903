"""The tables of a copy: made like the served ones, filled without indexes, put in their place.

Names are exchanged, not rows. SQL views that read the served tables are bound to them by Postgres,
so they are made again, with the same text, when the names move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.projections.view import Table, View
    from services.runtime.database import Connection

SCHEMA = "projections"
NEXT, OLD = "_next", "_old"

OPTIONS_SQL = """
select array_to_string(reloptions, ', '), relowner::regrole::text,
       pg_get_userbyid(relowner) = current_user
from pg_class where oid = %s::regclass
"""

GRANTS_SQL = """
select g.privilege_type, g.grantee::regrole::text from pg_class c, aclexplode(c.relacl) g
where c.oid = %s::regclass and g.grantee not in (c.relowner, 0)
"""

# Beyond the key: a constraint is remade as one, any other index from its own definition.
INDEXES_SQL = """
select c.oid is not null, coalesce(pg_get_constraintdef(c.oid), substring(
         pg_get_indexdef(i.indexrelid) from ' USING .*$')), i.indisunique
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('u', 'x')
where i.indrelid = %s::regclass and not i.indisprimary order by i.indexrelid
"""

READERS_SQL = """
select distinct v.oid::regclass::text, pg_get_viewdef(v.oid)
from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
join pg_class v on v.oid = r.ev_class and v.relkind = 'v'
where d.refclassid = 'pg_class'::regclass and d.refobjid = any(%s::regclass[])
"""


async def make(connection: Connection, view: View, suffix: str) -> None:
    """Empty tables like the served ones, with the key as their only index."""
    for table in view.tables:
        served, made = _name(table, ""), _name(table, suffix)
        ((options, owner, is_ours),) = await _rows(connection, OPTIONS_SQL, table)
        extra = sql.SQL(f" with ({options})" if options else "")
        await connection.execute(
            sql.SQL("create table {} (like {} including all excluding indexes)").format(
                made, served
            )
            + extra
        )
        await connection.execute(sql.SQL("alter table {} add primary key (key)").format(made))
        if not is_ours:
            await connection.execute(
                sql.SQL("alter table {} owner to {}").format(made, sql.SQL(owner))
            )
        for privilege, role in await _rows(connection, GRANTS_SQL, table):
            await connection.execute(
                sql.SQL("grant {} on {} to {}").format(sql.SQL(privilege), made, sql.SQL(role))
            )


async def add_indexes(connection: Connection, view: View, suffix: str) -> None:
    """The other indexes of the served tables, made at once over all rows."""
    for table in view.tables:
        made = _name(table, suffix)
        for is_constraint, definition, unique in await _rows(connection, INDEXES_SQL, table):
            statement = (
                sql.SQL("alter table {} add {}")
                if is_constraint
                else sql.SQL("create unique index on {} {}")
                if unique
                else sql.SQL("create index on {} {}")
            )
            await connection.execute(statement.format(made, sql.SQL(definition)))
        await connection.execute(sql.SQL("analyze {}").format(made))


async def drop(connection: Connection, view: View, suffix: str) -> None:
    """Tables, checkpoint and parked entries of a copy, as far as there are any."""
    copy = view.name + suffix
    await connection.execute("delete from checkpoints where view = %s", [copy])
    await connection.execute("delete from parked_entries where copy = %s", [copy])
    for table in view.tables:
        await connection.execute(sql.SQL("drop table if exists {}").format(_name(table, suffix)))


async def exchange(connection: Connection, view: View, away: str, back: str) -> None:
    """The served copy becomes `away`, the copy `back` is served. Waits for whoever reads them."""
    names = [_name(table, suffix) for table in view.tables for suffix in ("", back)]
    await connection.execute(
        sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(", ").join(names))
    )
    served = [f"{SCHEMA}.{table.name}" for table in view.tables]
    cursor = await connection.execute(READERS_SQL.encode(), [served])
    readers = await cursor.fetchall()
    for before, after in (("", away), (back, "")):
        await _rename(connection, view, before, after)
    for reader, text in readers:
        await connection.execute(
            sql.SQL("create or replace view {} as {}").format(sql.SQL(reader), sql.SQL(text))
        )


async def _rename(connection: Connection, view: View, before: str, after: str) -> None:
    for table in view.tables:
        await connection.execute(
            sql.SQL("alter table {} rename to {}").format(
                _name(table, before), sql.Identifier(table.name + after)
            )
        )
    old, new = view.name + before, view.name + after
    await connection.execute("delete from checkpoints where view = %s", [new])
    await connection.execute("update checkpoints set view = %s where view = %s", [new, old])
    await connection.execute("update parked_entries set copy = %s where copy = %s", [new, old])


async def _rows(connection: Connection, query: str, table: Table) -> Sequence[tuple]:  # type: ignore[type-arg]
    name = f"{SCHEMA}.{table.name}"
    return await (await connection.execute(query.encode(), [name])).fetchall()


def _name(table: Table, suffix: str) -> sql.Identifier:  # type: ignore[type-arg]
    return sql.Identifier(SCHEMA, table.name + suffix)
