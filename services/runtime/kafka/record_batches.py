"""kafka-python's batches in aiokafka's compiled parser; every record is read, whatever it holds.

Two things of kafka-python's are not good enough for a ledger. It parses records in Python, 10 µs
each where the compiled parser takes one. And it decodes the names of headers strictly, though Kafka
carries any bytes there, so that one record of one partner would stop the reading of everything
behind it. A batch that the compiled parser refuses is parsed by kafka-python, with surrogate
escapes in such names: what else is wrong with a batch is for it to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.record.default_records import DefaultRecordBatch as CompiledBatch
from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Read(NamedTuple):
    """A record as kafka-python's fetcher asks for it; the batch's checksum covers it."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    checksum: None = None
    size_in_bytes: int = 0

    def validate_crc(self) -> bool:
        return True


class _Name(str):
    """A name that gives back the bytes it came from, also when kafka-python measures it."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> bytes:
        return super().encode(encoding, "surrogateescape")


class _Tolerant(bytearray):
    """A record batch whose pieces decode with surrogate escapes: nothing of them is lost."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Tolerant(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return _Name(super().decode(encoding, errors))


class _Batch(DefaultRecordBatch):  # type: ignore[misc]  # it has no types
    """A batch of records, in the format since Kafka 0.11."""

    _buffer: bytes | bytearray

    def __iter__(self) -> Iterator[Any]:
        if not self.is_control_batch:
            try:
                return iter(_compiled(self._buffer))
            except Exception:  # noqa: S110  whatever it was, kafka-python finds it again
                pass
        parsed_in_python: Iterator[Any] = super().__iter__()
        return parsed_in_python

    def _read_msg(self, *arguments: Any) -> Any:
        """The next record. A failed attempt has moved nothing, so it can be made again."""
        try:
            return super()._read_msg(*arguments)
        except UnicodeDecodeError:
            whole, self._buffer = self._buffer, _Tolerant(self._buffer)
            try:
                return super()._read_msg(*arguments)
            finally:
                self._buffer = whole


def _compiled(batch: bytes | bytearray) -> list[_Read]:
    return [
        _Read(r.offset, r.timestamp, r.timestamp_type, r.key, r.value, r.headers)
        for r in CompiledBatch(bytes(batch))
    ]


def read_with_our_batches() -> None:
    """Make kafka-python's consumer parse batches with `_Batch`; a repeat does nothing.

    It has no setting for this: the class is replaced in `kafka.record.memory_records`."""
    memory_records.DefaultRecordBatch = _Batch
