"""Records in and out, and what can go wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kafka.errors import KafkaError

Place = tuple[str, int]
"""A topic and a partition of it."""

KafkaTroubleError = KafkaError
"""Any failure of Kafka or of the way to it: close the client and begin again."""

NUMBER = "number"
"""The header that carries the owner's gapless number."""


class Record(NamedTuple):
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


def parse_number(header: bytes | None) -> int | None:
    """Our number from its header; None when it is absent or not a number."""
    return int(header) if header is not None and header.isdigit() else None
