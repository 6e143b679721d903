"""Sending: in order, acknowledged, or an error after which everything is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer

from services.runtime.kafka.records import KafkaTroubleError
from services.runtime.kafka.thread import OneThread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.kafka.records import Outgoing


class Producer:
    """Sends batches in order and returns only when every record is acknowledged by all replicas."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._thread = OneThread("kafka-producer")
        self._client: Any = None

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """Acknowledged and in order, or KafkaTroubleError; send all of it again after an error."""
        try:
            await self._thread.do(lambda: self._send_all(records))
        except KafkaTroubleError:
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
