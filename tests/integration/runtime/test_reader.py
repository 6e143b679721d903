"""The reader fetches the next batch while the caller works: nothing is left out, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime.kafka import Admin, Outgoing, Producer, Reader

if TYPE_CHECKING:
    from tests.servers import Servers

COUNT = 250


async def test_reading_ahead_keeps_order_and_count(servers: Servers, a_topic_prefix: str) -> None:
    topic = f"{a_topic_prefix}.ahead"
    admin, producer = Admin(servers.kafka_bootstrap), Producer(servers.kafka_bootstrap)
    await admin.ensure([topic])
    values = [str(number).encode() for number in range(COUNT)]
    await producer.send_all([Outgoing(topic, 0, b"key", value, ()) for value in values])
    reader = Reader(servers.kafka_bootstrap, maximum_records=20)
    await reader.open({(topic, 0): None})
    read: list[bytes | None] = []
    while len(read) < COUNT:
        read += [record.value for record in await reader.batch(5.0)]
        assert await reader.pending() == COUNT - len(read)
    assert read == values
    assert await reader.batch(0.1) == []
    await reader.close()
    await producer.close()
    await admin.close()
