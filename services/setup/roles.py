"""One login of Postgres for each service, which may touch its own schema and little else.

Made by the owner of the database, after each migration again, so that new tables are covered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import orjson
import psycopg
from psycopg import sql

from services.projections.views import VIEWS
from services.runtime.database import UNLIMITED, connect
from services.setup.privileges import ALL, BEYOND, SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.runtime.database import Connection

LOCK = 0x726F6C65
"""Advisory lock that keeps two makers of logins apart."""
PROCESSES = {
    "web": ("projections", ("intake", "casework", "access", "triage")),
    "projections": ("projections", ("access",)),
}
"""Processes that serve more than one schema: whose login is theirs, and the others they need."""
HISTORY_SQL = """
select c.relname, exists (
  select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where t.tgrelid = c.oid and p.proname = 'refuse_change')
from pg_class c where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'v', 'p')
"""
VIEW_TABLES_SQL = """
select c.relname, c.relkind from pg_class c
where c.relnamespace = 'projections'::regnamespace and c.relkind in ('r', 'v')
  and pg_get_userbyid(c.relowner) <> %s
  and (c.relkind = 'v' or exists (select from unnest(%s::text[]) n
       where c.relname = n or starts_with(c.relname, n || '_')))
"""


class RolesError(Exception):
    """The owner of the database may not make logins; the message says what it needs."""


def role_of(database: str, service: str) -> str:
    """The login's name: a cluster may hold several installations."""
    return f"{database}_{service}"


def login_url(database_url: str, service: str, password: str) -> str:
    """The address of the database for one service."""
    parts = urlsplit(database_url)
    role = role_of(parts.path.strip("/"), service)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{place}")
    )


def as_service(process: str, logins: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: its own login, and those of what else it serves."""
    if not logins:
        return {}
    own, others = PROCESSES.get(process, (process, ()))
    served = {schema: logins[schema] for schema in others}
    return {
        "BLOTTER_DATABASE_URL": logins[own],
        "BLOTTER_DATABASE_URLS": orjson.dumps(served).decode(),
    }


async def make_roles(database_url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Make or mend the login of every service; gives each service's address of the database."""
    database = urlsplit(database_url).path.strip("/")
    async with await connect(database_url, "public", UNLIMITED) as connection:
        await connection.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            for service in SERVICES:
                role = role_of(database, service)
                await _make(connection, role, passwords[service])
            await _grant_all(connection, database)
        except psycopg.errors.InsufficientPrivilege as error:
            raise RolesError(
                "the database's owner may not make logins: give it CREATEROLE"
                f" ({error.diag.message_primary})"
            ) from None
    return {service: login_url(database_url, service, passwords[service]) for service in SERVICES}


async def grant_again(database_url: str) -> bool:
    """Cover tables that a migration made, where the logins exist; tells whether they do."""
    database = urlsplit(database_url).path.strip("/")
    async with await connect(database_url, "public", UNLIMITED) as connection:
        await connection.execute("select pg_advisory_lock(%s)", [LOCK])
        cursor = await connection.execute(
            "select count(*) from pg_roles where rolname = any(%s)",
            [[role_of(database, service) for service in SERVICES]],
        )
        exist = await cursor.fetchone() == (len(SERVICES),)
        if exist:
            await _grant_all(connection, database)
    return exist


async def _make(connection: Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    cursor = await connection.execute("select from pg_roles where rolname = %s", [role])
    if await cursor.fetchone() is None:
        await connection.execute(sql.SQL("create role {} noinherit").format(name))
        # An owner that is no superuser has to be a member, to hand the views' tables over.
        await connection.execute(sql.SQL("grant {} to current_user").format(name))
    # Hashed here: the statement may be logged there.
    hashed = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    await connection.execute(
        sql.SQL("alter role {} login nosuperuser nocreatedb nocreaterole password {}").format(
            name, sql.Literal(hashed)
        )
    )


async def _grant_all(connection: Connection, database: str) -> None:
    async with connection.transaction():
        everywhere = [*SERVICES, "runtime"]
        for service in SERVICES:
            role = sql.Identifier(role_of(database, service))
            await connection.execute(
                sql.SQL("grant connect, temporary on database {} to {}").format(
                    sql.Identifier(database), role
                )
            )
            for schema in everywhere:
                place = sql.Identifier(schema)
                for what in (sql.SQL("all tables in schema {}"), sql.SQL("schema {}")):
                    await connection.execute(
                        sql.SQL("revoke all on {} from {}").format(what.format(place), role)
                    )
        for service in SERVICES:
            role = sql.Identifier(role_of(database, service))
            await _grant_own(connection, service, role)
            await _grant_beyond(connection, service, role)
        await _hand_over_views(connection, role_of(database, "projections"))


async def _grant_own(connection: Connection, service: str, role: sql.Identifier) -> None:
    schema = sql.Identifier(service)
    create = sql.SQL("usage, create" if service == "projections" else "usage")
    await connection.execute(sql.SQL("grant {} on schema {} to {}").format(create, schema, role))
    await connection.execute(
        sql.SQL("grant usage on all sequences in schema {} to {}").format(schema, role)
    )
    cursor = await connection.execute(HISTORY_SQL, [service])
    for table, is_history in await cursor.fetchall():
        verbs = sql.SQL("select, insert" if is_history else ALL)
        await _grant(connection, verbs, sql.Identifier(service, table), role)


async def _grant_beyond(connection: Connection, service: str, role: sql.Identifier) -> None:
    for privilege in BEYOND[service]:
        await connection.execute(
            sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(privilege.schema), role)
        )
        for table in privilege.tables:
            place = sql.Identifier(privilege.schema, table)
            await _grant(connection, sql.SQL(privilege.verbs), place, role)


async def _hand_over_views(connection: Connection, role: str) -> None:
    """Views are rebuilt beside those that are served, and exchanged: only an owner can do that."""
    tables = [table.name for view in VIEWS for table in view.tables]
    cursor = await connection.execute(VIEW_TABLES_SQL, [role, tables])
    for name, kind in await cursor.fetchall():
        await connection.execute(
            sql.SQL("alter {} {} owner to {}").format(
                sql.SQL("view" if kind == "v" else "table"),
                sql.Identifier("projections", name),
                sql.Identifier(role),
            )
        )


async def _grant(
    connection: Connection, verbs: sql.SQL, place: sql.Identifier, role: sql.Identifier
) -> None:
    await connection.execute(sql.SQL("grant {} on {} to {}").format(verbs, place, role))
