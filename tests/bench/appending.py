"""Events for the comparison with a peer, appended by our store or by its recorders.

What is appended is the same: events of the same encoded size, for as many streams. Ours also makes
and encodes the envelope and leaves word for the relay in the same transaction; a recorder of the
peer is handed bytes made beforehand. Both commit durably, on one connection each.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresApplicationRecorder,
    PostgresDatastore,
)
from psycopg import sql

from events.casework import CallOpened
from events.codec import encode
from events.envelope import Actor, Cause, CauseKind, Purpose, call_stream
from events.topics import Topics
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.event_store import Decided, EventStore, Occasion
from services.runtime.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection

IDS = UUID("be4c0000-0000-5000-8000-000000000000")
OURS, AGGREGATES, LOCKED, FUNCTIONS = (
    "ours, with outbox",
    "theirs, aggregates only",
    "theirs, application",
    "theirs, application with database functions",
)
SCHEMAS = {AGGREGATES: "aggregates", LOCKED: "locked", FUNCTIONS: "functions"}
SERVICE = "casework"
EVENT = CallOpened(
    call_number="C-26-000042",
    report_id=IDS,
    report_number="R-26-000042",
    type="vandalism",
    urgency=3,
    severity=2,
    emergency="none",
    desk="property",
    district="bermuda",
)


def decided(story: str, number: int) -> Decided:
    """One event that opens a stream; the same story and number give the same."""
    cause = Cause(CauseKind.COMMAND, uuid5(IDS, f"{story}/{number}"))
    occasion = Occasion(
        Actor("bench", "department", "software"), Purpose.LIVE, cause, cause.id, "open"
    )
    return Decided(call_stream(cause.id), 0, (EVENT,), occasion)


def our_store(prefix: str) -> EventStore:
    """Casework's, as the service has it."""
    return EventStore(SERVICE, Topics(prefix), Keyring(bytes(32)))


async def append_ours(connection: Connection, store: EventStore, some: Sequence[Decided]) -> None:
    """One transaction."""
    async with connection.transaction():
        await store.append(connection, some, now())


def stored_event(story: str, number: int, state: bytes) -> StoredEvent:
    """The same for the peer."""
    return StoredEvent(uuid5(IDS, f"{story}/{number}"), 1, "bench:CallOpened", state)


def sample_state(prefix: str) -> bytes:
    """Bytes as ours are: one encoded envelope."""
    (envelope,) = our_store(prefix)._envelopes(decided("size", 0), now())
    return encode(envelope)


def datastore(database_url: str, mode: str, connections: int = 1) -> PostgresDatastore:
    """The peer's connections, in a schema of that mode's own."""
    url = urlsplit(database_url)
    return PostgresDatastore(
        dbname=url.path.lstrip("/"),
        host=url.hostname or "",
        port=str(url.port),
        user=url.username or "",
        password=url.password or "",
        schema=SCHEMAS[mode],
        pool_size=connections,
        enable_db_functions=mode == FUNCTIONS,
    )


def recorder(
    store: PostgresDatastore, mode: str, *, there_already: bool = False
) -> PostgresAggregateRecorder:
    """The peer's recorder of that mode, its tables made unless another process made them."""
    made: PostgresAggregateRecorder
    if mode == AGGREGATES:
        made = PostgresAggregateRecorder(store, events_table_name="stored_events")
    else:
        made = PostgresApplicationRecorder(store, events_table_name="stored_events")
    if there_already:
        store.register_type_adapters()
    else:
        made.create_table()
    return made


def make_schemas(database_url: str) -> None:
    """Schemas for the peer, beside ours in the same database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for schema in SCHEMAS.values():
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))


async def rate_of_ours(database_url: str, prefix: str, story: str, count: int, size: int) -> float:
    """Events/s of `count` events, `size` in a transaction."""
    store = our_store(prefix)
    async with await connect(database_url, SERVICE) as connection:
        began = perf_counter()
        for first in range(0, count, size):
            some = [decided(story, number) for number in range(first, first + size)]
            await append_ours(connection, store, some)
        return count / (perf_counter() - began)


def rate_of_theirs(
    database_url: str, mode: str, state: bytes, story: str, count: int, size: int
) -> float:
    """Events/s of the same."""
    with datastore(database_url, mode) as store:
        theirs = recorder(store, mode)
        prepared = [stored_event(story, n, state) for n in range(count)]
        began = perf_counter()
        for first in range(0, count, size):
            theirs.insert_events(prepared[first : first + size])
        return count / (perf_counter() - began)
