"""The compiled parser gives what kafka-python's gives; names that are not UTF-8 stop nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from services.runtime.kafka import record_batches
from services.runtime.kafka.record_batches import _Batch

BYTES = st.none() | st.binary(max_size=40)
NAMES = st.text(max_size=12) | st.binary(max_size=12).map(
    lambda name: record_batches._Name(name.decode("utf-8", "surrogateescape"))
)
RECORDS = st.lists(
    st.tuples(BYTES, BYTES, st.lists(st.tuples(NAMES, BYTES), max_size=3)), min_size=1, max_size=8
)


def _batch(records: Any) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1_700_000_000_000 + offset, key, value, headers)
    return bytes(builder.build())


def _seen(record: Any) -> tuple[Any, ...]:
    headers = [(name.encode("utf-8", "surrogateescape"), held) for name, held in record.headers]
    return record.offset, record.timestamp, record.timestamp_type, record.key, record.value, headers


@given(RECORDS)
def test_every_record_is_read_whatever_its_headers_are_called(records: Any) -> None:
    read = [_seen(record) for record in _Batch(_batch(records))]
    assert [(key, value, headers) for *_, key, value, headers in read] == [
        (key, value, [(name.encode("utf-8", "surrogateescape"), held) for name, held in headers])
        for key, value, headers in records
    ]
    assert [offset for offset, *_ in read] == list(range(len(records)))


@given(RECORDS, st.data())
def test_a_damaged_batch_is_judged_as_kafka_python_judges_it(records: Any, data: Any) -> None:
    whole = bytearray(_batch(records))
    place = data.draw(st.integers(DefaultRecordBatch.HEADER_STRUCT.size, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    assert not _Batch(bytes(whole)).validate_crc()
    ours, theirs = _outcome(_Batch, bytes(whole)), _outcome(DefaultRecordBatch, bytes(whole))
    assert ours == theirs or _has_an_odd_name(ours)


def _outcome(parser: Any, batch: bytes) -> Any:
    try:
        return [_seen(record) for record in parser(batch)]
    except Exception as error:
        return type(error)


def _has_an_odd_name(outcome: Any) -> bool:
    read = outcome if isinstance(outcome, list) else []
    names = [name for *_, headers in read for name, _ in headers]
    return any(name.decode(errors="ignore").encode() != name for name in names)


def test_plain_batches_take_the_compiled_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(_Batch, "_read_msg", never)
    batch = _batch([(b"key", b"value", [("number", b"1")])])
    assert [record.value for record in _Batch(batch)] == [b"value"]


def test_a_batch_that_nobody_can_read_says_so() -> None:
    batch = bytearray(_batch([(b"key", b"value", [])]))
    batch[DefaultRecordBatch.HEADER_STRUCT.size] = 2
    with pytest.raises(CorruptRecordError):
        list(_Batch(bytes(batch)))
