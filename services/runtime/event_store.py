"""The events of one service: read a stream, or append to it together with its outbox rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from events.codec import decode, encode, name_of
from events.envelope import Envelope
from events.topics import Topics, partition_of
from services.runtime.keyring import Keyring, seal, subjects_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Actor, Cause, Event, Purpose
    from services.runtime.database import Connection

COPY_EVENTS = (
    "copy events (stream_id, version, event_id, type, recorded_at, topic, partition, body)"
    " from stdin (format binary)"
)
COPY_OUTBOX = "copy outbox (item_id, topic, partition) from stdin (format binary)"
COPY_TYPES = ("text", "int4", "uuid", "text", "timestamptz", "text", "int2", "bytea")
FEW = 10
"""As many rows go faster in one statement: each COPY takes two round trips of its own."""
STORE_FEW = """
with stored as (
  insert into events (stream_id, version, event_id, type, recorded_at, topic, partition, body)
  select * from unnest(%b::text[], %b::int4[], %b::uuid[], %b::text[], %b::timestamptz[],
                       %b::text[], %b::int2[], %b::bytea[])
)
insert into outbox (item_id, topic, partition)
select * from unnest(%b::uuid[], %b::text[], %b::int2[])
"""


class ConflictError(Exception):
    """Somebody else added to the stream meanwhile: load it again and decide again."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the events of one decision share: actor, purpose, cause, correlation id, handler."""

    actor: Actor
    purpose: Purpose
    cause: Cause
    correlation_id: UUID
    handler: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Events decided for one stream, to follow version `after` (0: a new stream)."""

    stream_id: str
    after: int
    events: tuple[Event, ...]
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Message:
    """Something to send that is no event of ours."""

    message_id: UUID
    topic: str
    key: str
    body: bytes


class EventStore:
    """The events of one service; the connection's search_path says which."""

    def __init__(self, service: str, topics: Topics, keyring: Keyring) -> None:
        self._source = f"/blotter/{service}"
        self._topic = topics.of(service)
        self._keyring = keyring

    async def read(self, connection: Connection, stream_id: str) -> list[Envelope]:
        """One stream from its first version; empty when it does not exist."""
        return (await self.read_many(connection, [stream_id])).get(stream_id, [])

    async def read_many(
        self, connection: Connection, stream_ids: Sequence[str]
    ) -> dict[str, list[Envelope]]:
        """Several streams at once, each from its first version."""
        cursor = await connection.execute(
            "select stream_id, body from events where stream_id = any(%s)"
            " order by stream_id, version",
            [list(stream_ids)],
        )
        streams: dict[str, list[Envelope]] = {}
        for stream_id, body in await cursor.fetchall():
            streams.setdefault(stream_id, []).append(decode(bytes(body)))
        return streams

    async def append(
        self, connection: Connection, decided: Iterable[Decided], now: datetime
    ) -> list[Envelope]:
        """Add the events and their outbox rows; ConflictError when a version is already taken.

        Runs inside the caller's transaction. Returns the envelopes as stored, sealed.
        """
        plain = [envelope for each in decided for envelope in self._envelopes(each, now)]
        if not plain:
            return []
        subjects = subjects_of(envelope.data for envelope in plain)
        keys = await self._keyring.find_or_make(connection, subjects)
        stored = [seal(envelope, keys) for envelope in plain]
        try:
            await self._store(connection, stored)
        except psycopg.errors.UniqueViolation as error:
            raise ConflictError(str(error.diag.constraint_name)) from error
        return stored

    def _envelopes(self, decided: Decided, now: datetime) -> list[Envelope]:
        occasion = decided.occasion
        return [
            Envelope(
                event_id=occasion.cause.derive(f"{occasion.handler}/{decided.stream_id}", index),
                type=name_of(event),
                stream_id=decided.stream_id,
                version=decided.after + 1 + index,
                occurred_at=now,
                recorded_at=now,
                actor=occasion.actor,
                purpose=occasion.purpose,
                cause=occasion.cause,
                correlation_id=occasion.correlation_id,
                source=self._source,
                data=event,
            )
            for index, event in enumerate(decided.events)
        ]

    async def _store(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        rows = [
            (
                e.stream_id,
                e.version,
                e.event_id,
                e.type,
                e.recorded_at,
                self._topic,
                partition_of(e.stream_id),
                encode(e),
            )
            for e in envelopes
        ]
        if len(rows) <= FEW:
            columns = [*map(list, zip(*rows, strict=True))]
            await connection.execute(STORE_FEW, [*columns, columns[2], columns[5], columns[6]])
            return
        async with connection.cursor() as cursor, cursor.copy(COPY_EVENTS) as copy:
            copy.set_types(COPY_TYPES)
            for row in rows:
                await copy.write_row(row)
        await _post(connection, [(row[2], row[5], row[6]) for row in rows])


async def send(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Commit messages for the relay; a message id that is known already is left as it is."""
    if not messages:
        return
    columns = [(m.message_id, m.topic, partition_of(m.key), m.key, m.body) for m in messages]
    ids, topics, partitions, keys, bodies = map(list, zip(*columns, strict=True))
    cursor = await connection.execute(
        "insert into messages (message_id, recorded_at, topic, partition, key, body)"
        " select i, %s, t, p, k, b from"
        " unnest(%s::uuid[], %s::text[], %s::int2[], %s::text[], %s::bytea[]) as m (i, t, p, k, b)"
        " on conflict do nothing returning message_id, topic, partition",
        [now, ids, topics, partitions, keys, bodies],
    )
    await _post(connection, await cursor.fetchall())


async def _post(connection: Connection, items: Sequence[tuple[UUID, str, int]]) -> None:
    if not items:
        return
    async with connection.cursor() as cursor, cursor.copy(COPY_OUTBOX) as copy:
        copy.set_types(("uuid", "text", "int2"))
        for item in items:
            await copy.write_row(item)
