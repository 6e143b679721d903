"""Appending to the ledger: gapless, in causal order; events wait until their cause is there.

Never resolves an event's name. A position is the row number, the projection cursor and the leaf
index in one. One writer (the consumer's fence), which locks the size row in its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.header import header
from services.ledger.admission import Known, Leaf, Memory
from services.ledger.proofs import growth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.runtime.database import Connection
    from services.runtime.kafka import Record

GROWN = "ledger"
AT_ONCE = 10_000
"""Records a transaction at most; what one fetch brings (4 MiB) is fewer."""
COPY_LEDGER = (
    "copy ledger (position, event_id, stream_id, version, type, recorded_at, topic, partition,"
    " number, body) from stdin (format binary)"
)
COPY_TYPES = (
    "int8",
    "uuid",
    "text",
    "int4",
    "text",
    "timestamptz",
    "text",
    "int2",
    "int8",
    "bytea",
)
THERE_SQL = "select event_id from ledger where event_id = any(%b)"
HEADS_SQL = (
    "select stream_id, max(version) from ledger where stream_id = any(%b) group by stream_id"
)
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


async def append(
    connection: Connection, records: Sequence[Record], memory: Memory | None = None
) -> None:
    """Append the events that may be appended and store the rest in `waiting`.

    Within the transaction that moves the consumer's position."""
    leaves = [_leaf(record) for record in records]
    trunk = await growth.lock(connection)
    memory = memory or Memory()
    with memory.at(trunk) as (known, trusted):
        arrived, appended = leaves, list[Leaf]()
        while arrived:
            await _learn(connection, arrived, known, everything=not trusted)
            ordered, left = in_causal_order(arrived, known)
            start = trunk.size + len(appended)
            await _copy(connection, ordered, start)
            appended += ordered
            if arrived is leaves:
                await _wait(connection, left)
            waits = ordered and (left or await _anything_waits(connection))
            arrived = await _released_since(connection, start) if waits else []
        await growth.append(connection, trunk, [leaf.body for leaf in appended])


def _leaf(record: Record) -> Leaf:
    body = record.value or b""
    return Leaf(header(body), record.topic, record.partition, record.number or 0, body)


async def _learn(
    connection: Connection, leaves: Sequence[Leaf], known: Known, *, everything: bool
) -> None:
    """Ask what `known` lacks to place these; else also whether they are there themselves.

    Without `everything` a first version is taken to be new, and the ledger's own unique keys say so
    if it is not.
    """
    begun = {leaf.header.stream_id for leaf in leaves if leaf.header.version == 1}
    await _learn_heads(
        connection,
        known,
        {
            head.stream_id
            for head, *_ in leaves
            if everything or (head.stream_id not in known.heads and head.stream_id not in begun)
        },
    )
    own = {leaf.header.event_id for leaf in leaves}
    causes = {cause for leaf in leaves if (cause := leaf.header.causing_event)} - known.ids
    if everything:
        await _learn_ids(connection, known, causes | own)
        return
    repeated = {
        head.event_id for head, *_ in leaves if head.version <= known.heads.get(head.stream_id, 0)
    }
    await _learn_ids(connection, known, (causes - own) | (repeated - known.ids))


async def _learn_heads(connection: Connection, known: Known, streams: set[str]) -> None:
    if streams:
        cursor = await connection.execute(HEADS_SQL, [list(streams)])
        known.heads.update(await cursor.fetchall())


async def _learn_ids(connection: Connection, known: Known, ids: set[UUID]) -> None:
    if ids:
        cursor = await connection.execute(THERE_SQL, [list(ids)])
        known.ids.update(row[0] for row in await cursor.fetchall())


async def _copy(connection: Connection, leaves: Sequence[Leaf], position: int) -> None:
    if not leaves:
        return
    async with connection.cursor() as cursor, cursor.copy(COPY_LEDGER) as copy:
        copy.set_types(COPY_TYPES)
        for place, leaf in enumerate(leaves, position):
            head = leaf.header
            await copy.write_row(
                (
                    place,
                    head.event_id,
                    head.stream_id,
                    head.version,
                    head.type,
                    head.recorded_at,
                    leaf.topic,
                    leaf.partition,
                    leaf.number,
                    leaf.body,
                )
            )


async def _wait(connection: Connection, leaves: Sequence[Leaf]) -> None:
    if not leaves:
        return
    rows = [
        (
            leaf.header.event_id,
            leaf.header.causing_event,
            leaf.header.stream_id,
            leaf.header.version,
            leaf.topic,
            leaf.partition,
            leaf.number,
            leaf.body,
        )
        for leaf in leaves
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into waiting (event_id, cause_id, stream_id, version, topic, partition, number,"
            " body) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            rows,
        )


async def _anything_waits(connection: Connection) -> bool:
    cursor = await connection.execute("select exists (select from waiting)")
    return await cursor.fetchone() == (True,)


async def _released_since(connection: Connection, start: int) -> list[Leaf]:
    """Take those out of waiting that can follow now, after what stands from position `start` on."""
    cursor = await connection.execute(RELEASED_SQL, [start, start])
    return [
        Leaf(header(bytes(body)), topic, partition, number, bytes(body))
        for topic, partition, number, body in await cursor.fetchall()
    ]
