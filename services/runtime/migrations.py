"""Numbered forward-only SQL files, each applied once, with its checksum remembered.

Each writer's schema first gets the `machine` (events, outbox, numbering), then its own files.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from services.runtime.database import UNLIMITED, connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.runtime.database import Connection

HERE = Path(__file__).parent
LOCK = 0x626C6F74
"""Advisory lock that keeps two migrators apart."""


class MigrationError(Exception):
    """A file that was already applied has changed; write a new one instead."""


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """The migrations of one schema, in order."""

    schema: str
    files: tuple[Path, ...]


def shared() -> SchemaFiles:
    """The schema `runtime`: positions, stations, keys, tokens."""
    return SchemaFiles("runtime", tuple(sorted((HERE / "migrations").glob("*.sql"))))


def writer(schema: str, own: Path) -> SchemaFiles:
    """A service that writes events: the machine, then its own tables."""
    machine = sorted((HERE / "machine").glob("*.sql"))
    return SchemaFiles(schema, (*machine, *sorted(own.glob("*.sql"))))


def reader(schema: str, own: Path) -> SchemaFiles:
    """A service that writes no events of its own."""
    return SchemaFiles(schema, tuple(sorted(own.glob("*.sql"))))


async def migrate(database_url: str, schemas: Sequence[SchemaFiles]) -> list[str]:
    """Apply what is missing and name it; MigrationError when history was edited."""
    connection = await connect(database_url, "public", UNLIMITED)
    async with connection:
        await connection.execute("select pg_advisory_lock(%s)", [LOCK])
        await connection.execute(
            "create table if not exists public.blotter_migrations (schema text, file text,"
            " checksum text not null, applied_at timestamptz not null default now(),"
            " primary key (schema, file))"
        )
        applied = [name async for name in _missing(connection, schemas)]
        await connection.execute("select pg_advisory_unlock(%s)", [LOCK])
    return applied


async def _missing(connection: Connection, schemas: Iterable[SchemaFiles]):  # type: ignore[no-untyped-def]
    cursor = await connection.execute(
        "select schema, file, checksum from public.blotter_migrations"
    )
    known = {(schema, file): checksum for schema, file, checksum in await cursor.fetchall()}
    for schema in schemas:
        for file in schema.files:
            text = file.read_text()
            checksum = sha256(text.encode()).hexdigest()
            name = f"{file.parent.name}/{file.name}"
            before = known.get((schema.schema, name))
            if before is None:
                await _apply(connection, schema.schema, name, text, checksum)
                yield f"{schema.schema}: {name}"
            elif before != checksum:
                raise MigrationError(f"{schema.schema}: {name} changed after it was applied")


async def _apply(connection: Connection, schema: str, name: str, text: str, checksum: str) -> None:
    async with connection.transaction():
        place = sql.Identifier(schema)
        await connection.execute(sql.SQL("create schema if not exists {}").format(place))
        await connection.execute(sql.SQL("set local search_path = {}, runtime").format(place))
        await connection.execute(text.encode())
        await connection.execute(
            "insert into public.blotter_migrations (schema, file, checksum) values (%s, %s, %s)",
            [schema, name, checksum],
        )
