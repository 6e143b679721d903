"""The ledger: appends what arrives, gapless and in causal order; waits for what is missing.

Never resolves an event's name. A position is the row number, the projection cursor and the leaf
index in one. One writer (the consumer's fence), which locks the size row in its transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from events.codec import Header, header
from services.projections.proofs import growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.runtime.database import Connection
    from services.runtime.kafka import Record

GROWN = "ledger"
AT_ONCE = 2000
"""Records a transaction at most."""
COPY_LEDGER = (
    "copy ledger (position, event_id, stream_id, version, type, recorded_at, topic, partition,"
    " number, body) from stdin (format binary)"
)
COPY_TYPES = (
    "int8", "uuid", "text", "int4", "text", "timestamptz", "text", "int2", "int8", "bytea",
)  # fmt: skip
RELEASED_SQL = """
delete from waiting w using (
  select w.event_id from ledger l join waiting w on w.cause_id = l.event_id where l.position >= %s
  union
  select w.event_id from ledger l
  join waiting w on w.stream_id = l.stream_id and w.version = l.version + 1 where l.position >= %s
) f where w.event_id = f.event_id
and (w.cause_id is null or exists (select from ledger where event_id = w.cause_id))
and (w.version = 1 or exists (select from ledger l
     where l.stream_id = w.stream_id and l.version = w.version - 1))
returning w.topic, w.partition, w.number, w.body
"""


class ForkedStreamError(Exception):
    """Two different events claim one version of a stream: never resolved by software."""


class Leaf(NamedTuple):
    """An event about to be appended, with where it came from."""

    header: Header
    topic: str
    partition: int
    number: int
    body: bytes


@dataclass(slots=True)
class Known:
    """What the ledger holds of the ids and streams that a batch touches."""

    ids: set[UUID]
    heads: dict[str, int]

    def has(self, leaf: Leaf) -> bool:
        """Is it there already? ForkedStreamError when another event is in its place."""
        if leaf.header.event_id in self.ids:
            return True
        if leaf.header.version <= self.heads.get(leaf.header.stream_id, 0):
            raise ForkedStreamError(f"{leaf.header.stream_id}@{leaf.header.version}")
        return False

    def can_follow(self, leaf: Leaf) -> bool:
        """Its cause and its predecessor are there."""
        cause = leaf.header.causing_event
        head = self.heads.get(leaf.header.stream_id, 0)
        return leaf.header.version == head + 1 and (cause is None or cause in self.ids)

    def add(self, leaf: Leaf) -> None:
        """It is there now."""
        self.ids.add(leaf.header.event_id)
        self.heads[leaf.header.stream_id] = leaf.header.version


def in_causal_order(leaves: Sequence[Leaf], known: Known) -> tuple[list[Leaf], list[Leaf]]:
    """Those that can be appended now, in an order that respects causes; and the rest. Pure."""
    ordered: list[Leaf] = []
    left = [leaf for leaf in leaves if not known.has(leaf)]
    progress = True
    while left and progress:
        progress, later = False, []
        for leaf in left:
            if leaf.header.event_id in known.ids:
                continue
            if known.can_follow(leaf):
                known.add(leaf)
                ordered.append(leaf)
                progress = True
            else:
                later.append(leaf)
        left = later
    return ordered, left


async def append(connection: Connection, records: Sequence[Record]) -> None:
    """Append what can be, let the rest wait; the caller's transaction moves the position."""
    leaves = [_leaf(record) for record in records]
    trunk = await growth.lock(connection)
    arrived, appended = leaves, list[Leaf]()
    while arrived:
        known = await _known(connection, arrived)
        ordered, left = in_causal_order(arrived, known)
        start = trunk.size + len(appended)
        await _copy(connection, ordered, start)
        appended += ordered
        if arrived is leaves:
            await _wait(connection, left)
        arrived = await _released_since(connection, start) if ordered else []
    await growth.append(connection, trunk, [leaf.body for leaf in appended])


def _leaf(record: Record) -> Leaf:
    body = record.value or b""
    return Leaf(header(body), record.topic, record.partition, record.number or 0, body)


async def _known(connection: Connection, leaves: Iterable[Leaf]) -> Known:
    ids, streams = set[UUID](), set[str]()
    for leaf in leaves:
        head = leaf.header
        ids.add(head.event_id)
        streams.add(head.stream_id)
        if cause := head.causing_event:
            ids.add(cause)
    cursor = await connection.execute(
        "select event_id from ledger where event_id = any(%b)", [list(ids)]
    )
    there = {row[0] for row in await cursor.fetchall()}
    cursor = await connection.execute(
        "select stream_id, max(version) from ledger where stream_id = any(%b) group by stream_id",
        [list(streams)],
    )
    return Known(there, dict(await cursor.fetchall()))


async def _copy(connection: Connection, leaves: Sequence[Leaf], position: int) -> None:
    if not leaves:
        return
    async with connection.cursor() as cursor, cursor.copy(COPY_LEDGER) as copy:
        copy.set_types(COPY_TYPES)
        for place, leaf in enumerate(leaves, position):
            head = leaf.header
            await copy.write_row(
                (place, head.event_id, head.stream_id, head.version, head.type, head.recorded_at,
                 leaf.topic, leaf.partition, leaf.number, leaf.body)
            )  # fmt: skip


async def _wait(connection: Connection, leaves: Sequence[Leaf]) -> None:
    if not leaves:
        return
    rows = [
        (leaf.header.event_id, leaf.header.causing_event, leaf.header.stream_id,
         leaf.header.version, leaf.topic, leaf.partition, leaf.number, leaf.body)
        for leaf in leaves
    ]  # fmt: skip
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into waiting (event_id, cause_id, stream_id, version, topic, partition, number,"
            " body) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            rows,
        )


async def _released_since(connection: Connection, start: int) -> list[Leaf]:
    """Take those out of waiting that can follow now, after what stands from position `start` on."""
    cursor = await connection.execute(RELEASED_SQL, [start, start])
    return [
        Leaf(header(bytes(body)), topic, partition, number, bytes(body))
        for topic, partition, number, body in await cursor.fetchall()
    ]
