"""Kafka behind `await`: the only module that imports `kafka`.

kafka-python is synchronous; each client lives on one thread of its own. Settings: kafka.md.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
)

from events.topics import PARTITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Result = TypeVar("Result")
Place = tuple[str, int]
"""A topic and a partition of it."""

KafkaTroubleError = KafkaError
"""Any failure of Kafka or of the way to it: close the client and begin again."""

NUMBER = "number"
FOREVER = "-1"
SEVEN_DAYS = str(7 * 24 * 3600 * 1000)


@dataclass(frozen=True, slots=True)
class Record:
    """One record read. `number` is the owner's gapless number; None when it carries none."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    number: int | None

    @property
    def place(self) -> Place:
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send."""

    topic: str
    partition: int | None
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class OffsetLostError(Exception):
    """The log no longer reaches an offset we wanted: an alarm, and reading from the beginning."""


class _OneThread:
    """Runs a synchronous client on one thread."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def do(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def end(self) -> None:
        self._executor.shutdown(wait=False)


class Producer:
    """Sends batches in order and returns only when every record is acknowledged by all replicas."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._thread = _OneThread("kafka-producer")
        self._client: Any = None

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """Acknowledged and in order, or KafkaTroubleError; send all of it again after an error."""
        try:
            await self._thread.do(lambda: self._send_all(records))
        except KafkaError:
            await self.close()
            raise

    def _send_all(self, records: Sequence[Outgoing]) -> None:
        client = self._open()
        futures = [
            client.send(
                r.topic, value=r.value, key=r.key, headers=list(r.headers), partition=r.partition
            )
            for r in records
        ]
        client.flush(timeout=30)
        for future in futures:
            future.get(timeout=30)

    def _open(self) -> Any:
        if self._client is None:
            self._client = KafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                linger_ms=20,
                batch_size=256 * 1024,
                compression_type="lz4",
                max_block_ms=10_000,
                request_timeout_ms=10_000,
                delivery_timeout_ms=15_000,
                reconnect_backoff_max_ms=1000,
                metrics_enabled=False,
            )
        return self._client

    async def close(self) -> None:
        """Drop the connection and whatever was not acknowledged."""
        client, self._client = self._client, None
        if client is not None:
            await self._thread.do(lambda: client.close(timeout=0.2))


class Reader:
    """Reads partitions assigned by hand, from offsets the caller chooses."""

    def __init__(self, bootstrap: str, *, maximum_records: int = 2000) -> None:
        self._bootstrap = bootstrap
        self._maximum_records = maximum_records
        self._thread = _OneThread("kafka-reader")
        self._client: Any = None

    async def open(self, starts: Mapping[Place, int | None]) -> None:
        """Begin reading each place at its offset; None means from its beginning."""
        await self._thread.do(lambda: self._open(starts))

    def _open(self, starts: Mapping[Place, int | None]) -> None:
        self._client = KafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=self._maximum_records,
            fetch_max_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=5000,
            reconnect_backoff_max_ms=1000,
            metadata_max_age_ms=30_000,
            metrics_enabled=False,
        )
        self._client.assign([TopicPartition(*place) for place in starts])
        self._client.seek_to_beginning(
            *(TopicPartition(*place) for place, offset in starts.items() if offset is None)
        )
        for place, offset in starts.items():
            if offset is not None:
                self._client.seek(TopicPartition(*place), offset)

    async def batch(self, at_most_seconds: float) -> list[Record]:
        """What has arrived, in order per partition; empty when nothing came in time.

        OffsetLostError when the log was truncated or expired under us; KafkaTroubleError otherwise.
        """
        return await self._thread.do(lambda: self._batch(at_most_seconds))

    def _batch(self, at_most_seconds: float) -> list[Record]:
        try:
            polled = self._client.poll(timeout_ms=int(at_most_seconds * 1000))
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            raise OffsetLostError(str(error)) from error
        return [_record(message) for messages in polled.values() for message in messages]

    async def pending(self) -> int:
        """Records between our reading place and the end of the log."""
        return await self._thread.do(self._pending)

    def _pending(self) -> int:
        places = list(self._client.assignment())
        ends = self._client.end_offsets(places)
        return sum(max(0, ends[place] - self._client.position(place)) for place in places)

    async def close(self) -> None:
        """Leave the broker; the thread ends."""
        client, self._client = self._client, None
        if client is not None:
            await self._thread.do(client.close)


def _record(message: Any) -> Record:
    headers = tuple(message.headers or ())
    number = dict(headers).get(NUMBER)
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=headers,
        number=parse_number(number),
    )


def parse_number(header: bytes | None) -> int | None:
    """Our number from its header; None when it is absent or not a number."""
    return int(header) if header is not None and header.isdigit() else None


class Admin:
    """Topics: which exist, their ids, and making the missing ones."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._thread = _OneThread("kafka-admin")
        self._client: Any = None

    async def _ask(self, question: Callable[[Any], Result]) -> Result:
        def ask() -> Result:
            if self._client is None:
                self._client = KafkaAdminClient(
                    bootstrap_servers=self._bootstrap, reconnect_backoff_max_ms=1000
                )
            return question(self._client)

        try:
            return await self._thread.do(ask)
        except KafkaError:
            await self.close()
            raise

    async def ensure(self, topics: Iterable[str], *, kept_forever: bool = True) -> list[str]:
        """Create the topics that are missing, 16 partitions each; gives their names."""
        missing = sorted(set(topics) - set(await self.names()))
        retention = FOREVER if kept_forever else SEVEN_DAYS
        for topic in missing:
            await self._ask(lambda client, topic=topic: _create(client, topic, retention))  # type: ignore[misc]
        return missing

    async def names(self) -> list[str]:
        """Every topic on the broker."""
        return await self._ask(lambda client: list(client.list_topics()))

    async def ids(self, topics: Sequence[str]) -> dict[str, str]:
        """The id of each topic that exists: a re-created topic has another."""
        return await self._ask(
            lambda client: {
                found["name"]: str(found["topic_id"])
                for found in client.describe_topics(list(topics))
                if found.get("error_code", 0) == 0
            }
        )

    async def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition of a topic."""
        wanted = {TopicPartition(topic, p): OffsetSpec.LATEST for p in range(PARTITIONS)}
        return await self._ask(
            lambda client: {
                place.partition: found.offset
                for place, found in client.list_partition_offsets(wanted).items()
            }
        )

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets a consumer group has committed for a topic; empty for an unknown group."""
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        return await self._ask(
            lambda client: {
                place.partition: found.offset
                for place, found in client.list_group_offsets({group: places})[group].items()
                if found.offset >= 0
            }
        )

    async def close(self) -> None:
        """Drop the connection."""
        client, self._client = self._client, None
        if client is not None:
            await self._thread.do(client.close)


def _create(client: Any, topic: str, retention: str) -> None:
    settings = {
        "num_partitions": PARTITIONS,
        "replication_factor": 1,
        "configs": {"retention.ms": retention},
    }
    try:
        client.create_topics({topic: settings})
    except TopicAlreadyExistsError:
        return
