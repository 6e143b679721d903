"""Each login of a service, every table, every verb: refused unless it is listed here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from events.topics import OWNED
from services.projections import health
from services.projections.views import VIEWS
from services.runtime.database import connect
from services.setup.database import migrate_all
from services.setup.privileges import SERVICES
from services.setup.roles import as_service, grant_again, make_roles, role_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection

PASSWORDS = {service: f"a password of {service} / ?" for service in SERVICES}
TABLES_SQL = """
select n.nspname, c.relname, (select a.attname from pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and a.attgenerated = '' and a.attidentity = ''
  order by a.attnum limit 1)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('intake', 'triage', 'casework', 'access', 'projections', 'runtime', 'public')
  and c.relkind = 'r' order by 1, 2
"""
VERBS = {
    "select": "select 1 from {table} limit 0",
    "insert": "insert into {table} ({column}) values (default)",
    "update": "update {table} set {column} = {column} where false",
    "delete": "delete from {table} where false",
    "truncate": "truncate {table}",
}
READS = {
    ("projections", schema, table)
    for schema in ("intake", "triage", "casework", "access")
    for table in ("outbox", "relayed", "published", "events")
}
READS |= {("projections", "intake", "handoffs"), ("projections", "intake", "dead_letters")}
HISTORY = {
    *((s, t) for s in ("intake", "triage", "casework", "access") for t in ("events", "published")),
    ("triage", "bundles"),
    *(
        ("projections", t)
        for t in (
            "ledger",
            "tiles",
            "log_keys",
            "log_keys_ended",
            "signed_checkpoints",
            "cosignatures",
        )
    ),
}
VIEW_TABLES = {table.name for view in VIEWS for table in view.tables}
CONSUMER = {
    "positions": "siu",
    "stations": "siu",
    "subject_keys": "siu",
    "parked": "siud",
    "key_epochs": "s",
    "personal_hashes": "sd",
}
WEB = {"idempotency": "siud", "api_tokens": "s", "sessions": "s"}
RUNTIME = {
    "triage": CONSUMER | {"api_tokens": "s", "sessions": "s"},
    "intake": CONSUMER | WEB,
    "casework": CONSUMER | WEB,
    "projections": CONSUMER | WEB | {"sessions": "sid", "personal_hashes": "sid"},
    "access": {"positions": "s", "stations": "s", "key_epochs": "s", "subject_keys": "si"},
}
"""Verbs by their initials. Written out here, not taken from what is tested."""


@asynccontextmanager
async def _roles(database_url: str) -> AsyncIterator[dict[str, str]]:
    try:
        yield await make_roles(database_url, PASSWORDS)
    finally:
        database = urlsplit(database_url).path.strip("/")
        async with await connect(database_url, "public") as connection:
            for service in SERVICES:
                role = sql.Identifier(role_of(database, service))
                for statement in (
                    "reassign owned by {} to current_user",
                    "drop owned by {}",
                    "drop role {}",
                ):
                    await connection.execute(sql.SQL(statement).format(role))


@pytest_asyncio.fixture
async def logins(a_database: str) -> AsyncIterator[dict[str, str]]:
    async with _roles(a_database) as found:
        yield found


async def _tables(database_url: str) -> list[tuple[str, str, str]]:
    async with await connect(database_url, "public") as connection:
        cursor = await connection.execute(TABLES_SQL)
        return await cursor.fetchall()


async def _may(connection: Connection, verb: str, schema: str, table: str, column: str) -> bool:
    query = sql.SQL(VERBS[verb]).format(
        table=sql.Identifier(schema, table), column=sql.Identifier(column)
    )
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(query)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except (psycopg.IntegrityError, psycopg.errors.RaiseException):
        return True  # its privilege was enough: a constraint or history's trigger refuses
    return True


@pytest.mark.parametrize("service", SERVICES)
async def test_a_login_touches_its_own_schema_and_what_is_listed(
    service: str, logins: dict[str, str], a_database: str
) -> None:
    tables, wrong = await _tables(a_database), []
    assert len(tables) > 40
    async with await connect(logins[service], service) as connection:
        for schema, table, column in tables:
            for verb in VERBS:
                may = await _may(connection, verb, schema, table, column)
                if may != _expected(service, schema, table, verb):
                    wrong.append((verb, schema, table, may))
    assert wrong == []


def _expected(service: str, schema: str, table: str, verb: str) -> bool:
    if verb == "truncate":
        return (service, schema) == ("projections", "projections") and table in VIEW_TABLES
    if schema == service:
        return verb in ("select", "insert") or (schema, table) not in HISTORY
    if schema == "runtime":
        return verb[0] in RUNTIME[service].get(table, "")
    return verb == "select" and (service, schema, table) in READS


@pytest.mark.parametrize("table", sorted(HISTORY))
async def test_history_is_refused_to_change_even_to_its_owner(
    a_database: str, table: tuple[str, str]
) -> None:
    place = sql.Identifier(*table)
    async with await connect(a_database, "public") as owner:
        for replaying in (False, True):
            if replaying:
                await owner.execute("set session_replication_role = replica")
            for statement in ("delete from {}", "truncate {} cascade"):
                with pytest.raises(psycopg.Error, match="history is only added to"):
                    await owner.execute(sql.SQL(statement).format(place))


async def test_the_writer_of_the_ledger_can_neither_alter_nor_drop_it(
    logins: dict[str, str],
) -> None:
    async with await connect(logins["projections"], "projections") as connection:
        for statement in (
            "alter table ledger disable trigger all",
            "drop table ledger",
            "drop trigger ledger_only_grows on ledger",
            "alter table ledger owner to current_user",
            "set session_replication_role = replica",
            "create table public.x ()",
            "create role another",
            "copy ledger to program 'true'",
            "create or replace function refuse_change() returns trigger language plpgsql"
            " as 'begin return null; end'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement)


async def test_the_lag_of_others_is_seen_and_not_what_they_wrote(logins: dict[str, str]) -> None:
    async with await connect(logins["projections"], "projections") as connection:
        await health.report(connection)
        for schema in OWNED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(f"select body from {schema}.outgoing".encode())


async def test_views_can_be_rebuilt_by_their_service(logins: dict[str, str]) -> None:
    async with await connect(logins["projections"], "projections") as connection:
        await connection.execute("create table workload_calls__new (like workload_calls)")
        await connection.execute("alter table workload_calls rename to workload_calls__old")
        await connection.execute("alter table workload_calls__new rename to workload_calls")
        await connection.execute("drop table workload_calls__old")
    async with await connect(logins["intake"], "intake") as connection:
        await connection.execute("select from projections.report_progress")


async def test_logins_made_twice_and_tables_made_since_are_covered(
    logins: dict[str, str], a_database: str
) -> None:
    async with await connect(a_database, "public") as owner:
        await owner.execute("create table casework.later (id int)")
    async with await connect(logins["casework"], "casework") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("select from later")
        await migrate_all(a_database)
        await connection.execute("select from later")
    assert await make_roles(a_database, PASSWORDS) == logins


async def test_without_logins_nothing_is_granted(a_database: str) -> None:
    assert not await grant_again(a_database)


def test_a_process_is_told_the_logins_of_what_it_serves_and_no_others() -> None:
    logins = {service: f"postgresql://{service}" for service in SERVICES}
    assert as_service("intake", logins) == {
        "BLOTTER_DATABASE_URL": "postgresql://intake",
        "BLOTTER_DATABASE_URLS": "{}",
    }
    assert "casework" not in as_service("projections", logins)["BLOTTER_DATABASE_URLS"]
    assert as_service("web", {}) == {}
