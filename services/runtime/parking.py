"""Parked events: what a consumer could not process, with its successors of the same stream.

Parked in the transaction that moves the position, shown by `blotter status`, drained in order once
mended. Other streams flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime.kafka import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection

DRAIN_AT_ONCE = 500


async def parked_streams(connection: Connection, consumer: str) -> set[bytes]:
    """The streams (as Kafka keys) that wait."""
    cursor = await connection.execute(
        "select distinct stream_id from parked where consumer = %s", [consumer]
    )
    return {stream_id.encode() for (stream_id,) in await cursor.fetchall()}


async def park(
    connection: Connection, consumer: str, records: Sequence[Record], reason: str
) -> None:
    """Put records aside with the reason (an error's class, never its text)."""
    if not records:
        return
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into parked (consumer, topic, partition, number, stream_id, reason, body)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                (consumer, r.topic, r.partition, r.number, (r.key or b"").decode(), reason, r.value)
                for r in records
            ],
        )


async def parked_batch(connection: Connection, consumer: str) -> list[Record]:
    """Parked records, oldest number first in each partition."""
    cursor = await connection.execute(
        "select topic, partition, number, stream_id, body from parked where consumer = %s"
        " order by topic, partition, number limit %s for update",
        [consumer, DRAIN_AT_ONCE],
    )
    return [
        Record(topic, partition, -1, stream_id.encode(), bytes(body), (), number)
        for topic, partition, number, stream_id, body in await cursor.fetchall()
    ]


async def unpark(connection: Connection, consumer: str, record: Record) -> None:
    """This record has been applied."""
    await connection.execute(
        "delete from parked where consumer = %s and topic = %s and partition = %s and number = %s",
        [consumer, record.topic, record.partition, record.number],
    )
