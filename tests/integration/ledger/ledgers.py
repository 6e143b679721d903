"""Ledgers of any size: records as Kafka would bring them, with real bytes of small events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from events.moment import timestamp
from services.ledger.append import append
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from services.runtime.database import Connection

SPACE = UUID("0fedba98-7654-5210-8000-0123456789ab")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def body(number: int) -> bytes:
    """The first event of a stream of its own."""
    return orjson.dumps(
        {
            "id": str(uuid5(SPACE, f"event {number}")),
            "type": "test.happened.v1",
            "subject": f"stream-{number}",
            "source": "/test",
            "streamversion": 1,
            "time": timestamp(MOMENT),
            "recordedtime": timestamp(MOMENT),
            "causationid": f"command:{SPACE}",
            "correlationid": str(SPACE),
        },
        option=orjson.OPT_SORT_KEYS,
    )


def record(number: int) -> Record:
    value = body(number)
    return Record("blotter.reports", 0, number, f"stream-{number}".encode(), value, (), number + 1)


async def add(connection: Connection, start: int, end: int) -> None:
    """Append the events from `start` up to `end` in one transaction."""
    async with connection.transaction():
        await append(connection, [record(number) for number in range(start, end)])
