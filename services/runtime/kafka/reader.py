"""Reading partitions that are assigned by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from services.runtime.clock import monotonic_seconds
from services.runtime.kafka.record_batches import read_with_our_batches
from services.runtime.kafka.records import NUMBER, OffsetLostError, Record, parse_number
from services.runtime.kafka.thread import OneThread
from services.runtime.kafka.time_order import TimeOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.runtime.kafka.records import Place

AHEAD_SECONDS = 0.05
HOLD_SECONDS = 0.25
"""Records are not held longer for the sake of their order while nothing else comes."""
HELD_BATCHES = 4
PARTITION_BYTES = 64 * 1024
"""Of a partition at once, where order matters: no partition gets far ahead of the others."""


class Reader:
    """Reads partitions assigned by hand, from offsets the caller chooses.

    With `in_time_order` a long backlog is read about as it was sent, whatever its partitions.
    """

    def __init__(
        self, bootstrap: str, *, maximum_records: int = 2000, in_time_order: bool = False
    ) -> None:
        self._bootstrap = bootstrap
        self._maximum_records = maximum_records
        self._order = TimeOrder(HELD_BATCHES * maximum_records) if in_time_order else None
        self._thread = OneThread("kafka-reader")
        self._client: Any = None
        self._ahead: asyncio.Task[list[Record]] | None = None
        read_with_our_batches()

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
            max_partition_fetch_bytes=PARTITION_BYTES if self._order is not None else 1024 * 1024,
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

        Reads the next batch while the caller works on this one; what was read ahead is lost with
        the reader, so the caller's own position is what counts. OffsetLostError when the log was
        truncated or expired under us; KafkaTroubleError otherwise.
        """
        ahead, self._ahead = self._ahead, None
        records = await ahead if ahead else []
        if not records:
            records = await self._read(at_most_seconds)
        if records:
            self._ahead = asyncio.create_task(self._read(AHEAD_SECONDS))
        return records

    async def _read(self, at_most_seconds: float) -> list[Record]:
        return await self._thread.do(lambda: self._batch(at_most_seconds))

    def _batch(self, at_most_seconds: float) -> list[Record]:
        polled = self._poll(at_most_seconds)
        if self._order is None:
            return [_record(message) for messages in polled.values() for message in messages]
        taken = self._in_order(self._order, polled)
        until = monotonic_seconds() + HOLD_SECONDS
        while len(self._order) and not taken:
            polled = self._poll(max(0.0, until - monotonic_seconds()))
            taken = self._in_order(self._order, polled) if polled else self._order.take_oldest()
        return [_record(message) for message in taken]

    def _poll(self, at_most_seconds: float) -> dict[Any, Any]:
        try:
            polled: dict[Any, Any] = self._client.poll(timeout_ms=int(at_most_seconds * 1000))
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            raise OffsetLostError(str(error)) from error
        return polled

    def _in_order(self, order: TimeOrder, polled: dict[Any, Any]) -> list[Any]:
        for place, messages in polled.items():
            order.add(place, messages)
        return order.take([place for place in self._client.assignment() if self._is_behind(place)])

    def _is_behind(self, place: Any) -> bool:
        end = self._client.highwater(place)
        return end is None or self._client.position(place) < end

    async def pending(self) -> int:
        """Records between the last batch given out and the end of the log."""
        ahead = await self._ahead if self._ahead else []
        return len(ahead) + await self._thread.do(self._pending)

    def _pending(self) -> int:
        places = list(self._client.assignment())
        ends = self._client.end_offsets(places)
        held = 0 if self._order is None else len(self._order)
        behind: int = sum(max(0, ends[place] - self._client.position(place)) for place in places)
        return held + behind

    async def close(self) -> None:
        """Leave the broker; the thread ends."""
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await self._thread.do(client.close)
        self._thread.end()


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
