"""What the clients can do with nothing behind them: bare kafka-python and bare Faust."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any

from events.topics import PARTITIONS
from services.runtime.inbox import Inbox
from services.triage.agents import BATCH, WITHIN_SECONDS, add_agent, faust_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    import faust

    from services.runtime.inbox import Handler
    from services.runtime.kafka import Outgoing, Record
    from services.runtime.positions import Admission
    from services.triage.handlers import Triage
    from tests.bench.line import Line

PATIENCE_SECONDS = 300


def bare_produce(bootstrap: str, records: Sequence[Outgoing]) -> float:
    """Records/s of kafka-python with the relay's settings, acknowledged."""
    from kafka import KafkaProducer

    client = KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        linger_ms=20,
        batch_size=256 * 1024,
        compression_type="lz4",
        metrics_enabled=False,
    )
    client.partitions_for(records[0].topic)
    began = perf_counter()
    for first in range(0, len(records), 2000):
        for r in records[first : first + 2000]:
            client.send(r.topic, r.value, r.key, list(r.headers), r.partition)
        client.flush()
    took = perf_counter() - began
    client.close()
    return len(records) / took


def bare_consume(bootstrap: str, topic: str, count: int) -> float:
    """Records/s of kafka-python with the reader's settings."""
    from kafka import KafkaConsumer, TopicPartition

    client = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        max_poll_records=2000,
        fetch_max_bytes=4 * 1024 * 1024,
        metrics_enabled=False,
    )
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    client.assign(places)
    client.seek_to_beginning(*places)
    seen, began = 0, perf_counter()
    while seen < count:
        seen += sum(map(len, client.poll(timeout_ms=1000).values()))
    took = perf_counter() - began
    client.close()
    return seen / took


class Marks:
    """When how many records were through; the first batch, which waited for the start, is not
    counted."""

    def __init__(self) -> None:
        self.total = 0
        self._first: tuple[float, int] | None = None
        self._last = 0.0

    def add(self, count: int) -> None:
        self.total += count
        self._last = perf_counter()
        self._first = self._first or (self._last, self.total)

    def rate(self) -> float:
        assert self._first is not None
        return (self.total - self._first[1]) / max(self._last - self._first[0], 1e-9)


class MarkedInbox(Inbox):
    """An inbox that notes its progress."""

    marks: Marks

    async def apply(self, records: Sequence[Record], handle: Handler | None = None) -> Admission:
        admission = await super().apply(records, handle)
        self.marks.add(len(admission.apply))
        return admission


async def bare_faust(line: Line, topic: str, count: int) -> float:
    """Records/s of the agent's loop with nothing behind it."""
    app, marks = _app(line, "bare"), Marks()
    source = app.topic(
        topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )

    @app.agent(source)
    async def nothing(stream: Any) -> None:
        async for events in stream.noack_take(BATCH, within=WITHIN_SECONDS):
            marks.add(len(events))
            for event in events:
                await stream.ack(event)

    return await _run(app, marks, count)


async def triage_under_faust(line: Line, triage: Triage, topic: str, count: int) -> float:
    """Records/s of the real agent."""
    app = _app(line, "triage")
    inbox = MarkedInbox("triage", triage.pool, triage, lambda: None)
    inbox.marks = Marks()
    add_agent(app, topic, inbox, triage, lambda: None)
    return await _run(app, inbox.marks, count)


def _app(line: Line, name: str) -> faust.App:
    group = f"{line.settings.topic_prefix}-{name}"
    return faust_app(line.settings.kafka_bootstrap, group, group)


async def _run(app: faust.App, marks: Marks, count: int) -> float:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await app.start()
            while marks.total < count:  # noqa: ASYNC110  Faust offers nothing to wait for
                await asyncio.sleep(0.02)
    finally:
        await app.stop()
    return marks.rate()
