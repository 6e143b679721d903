from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.local.kafka import KafkaServer
from services.local.server import ServerError

if TYPE_CHECKING:
    from pathlib import Path

TOPIC = "notes"


async def test_a_record_outlives_a_killed_broker_and_wipe_leaves_nothing(directory: Path) -> None:
    server = KafkaServer(directory / "kafka")
    await server.start()
    try:
        address = server.bootstrap
        await _make_topic(address)
        await _produce(address, b"before")
        await server.kill()
        assert server.pid is None
        await server.start()
        assert server.bootstrap == address
        assert await _consume(address) == b"before"
        with pytest.raises(ServerError, match="still running"):
            await server.wipe()
        await server.stop()
        await server.wipe()
        assert not server.directory.exists()
    finally:
        await server.stop()


async def _make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=16, replication_factor=1)])
    finally:
        await admin.close()


async def _produce(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, value, partition=3)
    finally:
        await producer.stop()


async def _consume(bootstrap: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TOPIC, 3)])
        record = await asyncio.wait_for(consumer.getone(), timeout=10)
        return bytes(record.value or b"")
    finally:
        await consumer.stop()
