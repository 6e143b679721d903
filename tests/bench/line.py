"""The way of a report in this process, station by station, on a database and topics of its own."""

from __future__ import annotations

from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from pydantic import SecretStr

from events.topics import PARTITIONS, Topics
from services.agency.default import default_agency
from services.casework.app import open_casework
from services.intake.app import open_intake
from services.intake.inbound_consumer import Inbound
from services.ledger.admission import Memory
from services.ledger.append import append
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.inbox import Inbox, numbered_by_offset
from services.runtime.kafka import Admin, Reader
from services.runtime.keyring import Keyring
from services.runtime.positions import open_positions
from services.runtime.settings import Settings
from services.runtime.wake import Wake
from services.setup.database import migrate_all
from services.triage.bundle_files import build
from services.triage.handlers import Triage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.servers import Servers

MASTER_KEY = SecretStr(b64encode(bytes(32)).decode())


def nobody_waits() -> None:
    """For an inbox: the next station has not begun."""


@dataclass(frozen=True)
class Line:
    """One line of stations. Nothing else may be connected to its database."""

    settings: Settings

    @property
    def topics(self) -> Topics:
        return Topics(self.settings.topic_prefix)

    @property
    def database_url(self) -> str:
        return self.settings.database_url

    @asynccontextmanager
    async def intake(self) -> AsyncIterator[Inbox]:
        async with open_intake(self.settings, Wake(self.database_url)) as intake:
            handler = Inbound(intake, self.topics)
            yield Inbox("intake", intake.pool, handler, nobody_waits, gaps_allowed=True)

    @asynccontextmanager
    async def triage(self) -> AsyncIterator[Triage]:
        keyring = Keyring(self.settings.master_key_bytes)
        events = EventStore("triage", self.topics, keyring)
        _, bundle = build(self.settings.agency)
        async with open_pool(self.database_url, "triage") as pool:
            yield Triage(pool, events, keyring, bundle)

    @asynccontextmanager
    async def casework(self) -> AsyncIterator[Inbox]:
        async with open_casework(self.settings, Wake(self.database_url)) as casework:
            yield Inbox("casework", casework.pool, casework, nobody_waits)

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[Inbox]:
        async with open_pool(self.database_url, "projections") as pool:
            yield Inbox("ledger", pool, partial(append, memory=Memory()), nobody_waits)

    async def drain(
        self,
        inbox: Inbox,
        topics: Sequence[str],
        count: int,
        *,
        at_once: int = 1000,
        numbered_by_owner: bool = True,
    ) -> float:
        """Read from the beginning and apply until `count` records are; gives records/s.

        The loop of `services/runtime/consumer.py`, without its fence and its watch.
        """
        bootstrap = self.settings.kafka_bootstrap
        reader, admin = Reader(bootstrap, maximum_records=at_once), Admin(bootstrap)
        ids = await admin.ids(topics)
        async with inbox.pool.connection() as connection:
            starts = await open_positions(
                connection, inbox.consumer, ids, PARTITIONS, numbered_by_owner=numbered_by_owner
            )
        await reader.open({start.place: start.offset for start in starts})
        applied, began = 0, perf_counter()
        while applied < count:
            records = await reader.batch(2.0)
            numbered = records if numbered_by_owner else numbered_by_offset(records)
            applied += len((await inbox.apply(numbered)).apply) if numbered else 0
        took = perf_counter() - began
        await reader.close()
        await admin.close()
        return applied / took


@asynccontextmanager
async def a_line(servers: Servers, prefix: str) -> AsyncIterator[Line]:
    """A migrated, empty line with all topics; its database is dropped afterwards."""
    async with _database(servers.database_url, prefix, "template0") as url:
        await migrate_all(url)
        line = Line(
            Settings(
                database_url=url,
                kafka_bootstrap=servers.kafka_bootstrap,
                master_key=MASTER_KEY,
                agency=default_agency(),
                topic_prefix=prefix,
            )
        )
        yield line


@asynccontextmanager
async def a_copy(servers: Servers, line: Line, name: str) -> AsyncIterator[Line]:
    """The line as it stands, reading the same topics, writing elsewhere."""
    template = urlsplit(line.database_url).path.lstrip("/")
    async with _database(servers.database_url, f"{template}_{name}", template) as url:
        yield replace(line, settings=line.settings.model_copy(update={"database_url": url}))


@asynccontextmanager
async def _database(server_url: str, name: str, template: str) -> AsyncIterator[str]:
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as admin:
        await admin.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        try:
            yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        finally:
            await admin.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
