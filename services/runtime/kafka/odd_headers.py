"""Header names that are not UTF-8: read with surrogate escapes, instead of not at all.

Kafka calls them strings but carries any bytes. kafka-python decodes strictly in the middle of a
batch, so that one record of one partner would stop the reading of everything behind it.
"""

from __future__ import annotations

from typing import Any

from kafka.record.default_records import DefaultRecordBatch

_read_strictly = DefaultRecordBatch._read_msg


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


def _read(batch: Any) -> Any:
    """The next record. A failed attempt has moved nothing, so it can be made again."""
    try:
        return _read_strictly(batch)
    except UnicodeDecodeError:
        whole, batch._buffer = batch._buffer, _Tolerant(batch._buffer)
        try:
            return _read_strictly(batch)
        finally:
            batch._buffer = whole


def read_odd_headers() -> None:
    """Teach kafka-python; harmless to repeat."""
    DefaultRecordBatch._read_msg = _read
