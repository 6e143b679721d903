"""The relay alone, and the same loop without its numbers."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from services.runtime.database import connect
from services.runtime.kafka import Outgoing, Producer
from services.runtime.relay import BATCH, CONTENT_TYPE, Relay
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from tests.bench.line import Line


async def relay(line: Line, schema: str) -> float:
    """Items/s of the real relay, from the outbox until Kafka acknowledged them all."""
    producer, wake = Producer(line.settings.kafka_bootstrap), Wake(line.database_url)
    async with await connect(line.database_url, schema) as connection:
        cursor = await connection.execute("select count(*) from outbox")
        (count,) = await cursor.fetchone() or (0,)
        began = perf_counter()
        relaying = asyncio.create_task(
            Relay(schema, line.database_url, producer, wake).run(lambda: None)
        )
        sent = 0
        while sent < count:
            await asyncio.sleep(0.02)
            cursor = await connection.execute("select coalesce(sum(sent_through), 0) from relayed")
            (sent,) = await cursor.fetchone() or (0,)
        took = perf_counter() - began
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await producer.close()
    return float(count) / took


async def send_unnumbered(line: Line, topic: str) -> float:
    """The relay's loop without numbers and without the memory of what was sent."""
    producer, sent, last = Producer(line.settings.kafka_bootstrap), 0, 0
    async with await connect(line.database_url, "intake") as connection:
        began = perf_counter()
        while True:
            cursor = await connection.execute(
                "select b.id, b.partition, o.key, o.body from outbox b join outgoing o"
                " using (item_id) where b.id > %s order by b.id limit %s",
                [last, BATCH],
            )
            rows = await cursor.fetchall()
            if not rows:
                break
            await producer.send_all(
                [
                    Outgoing(topic, p, key.encode(), bytes(body), (CONTENT_TYPE,))
                    for _, p, key, body in rows
                ]
            )
            sent, last = sent + len(rows), rows[-1][0]
        took = perf_counter() - began
    await producer.close()
    return sent / took
