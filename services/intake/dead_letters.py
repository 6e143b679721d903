"""Dead letters: input from outside that cannot be used, kept whole and encrypted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from events.moment import timestamp
from services.intake.domain.inbound import dead_letter_id
from services.runtime.event_store import Message, send
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from events.topics import Topics
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and the reason why it cannot be used; `reply_members` are added to the reply."""

    id: UUID
    partner: str
    record: Record
    reason: str
    reply_members: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(partner: str, record: Record, reason: str) -> DeadLetter:
        """The dead letter of a record: the same id for the same bytes from the same partner."""
        return DeadLetter(
            dead_letter_id(partner, record.headers, record.value), partner, record, reason
        )


async def keep(
    connection: Connection,
    keyring: Keyring,
    topics: Topics,
    letters: Sequence[DeadLetter],
    now: datetime,
) -> None:
    """Store the originals encrypted; notify the dead-letter topic and the partner, once for each
    letter.
    """
    messages: list[Message] = []
    for letter in sorted(letters, key=lambda letter: letter.id):
        record = letter.record
        cursor = await connection.execute(
            "insert into dead_letters (id, partner, topic, partition, record_offset, reason,"
            " received_at, original) values (%s, %s, %s, %s, %s, %s, %s, %s)"
            " on conflict do nothing",
            [
                letter.id,
                letter.partner,
                record.topic,
                record.partition,
                record.offset,
                letter.reason,
                now,
                keyring.encrypt(_pack(record), f"dead-letter/{letter.id}"),
            ],
        )
        if cursor.rowcount:
            messages += _notices(topics, letter, now)
    await send(connection, messages, now)


def _notices(topics: Topics, letter: DeadLetter, now: datetime) -> list[Message]:
    data = {
        "dead_letter": str(letter.id),
        "status": "rejected",
        "reason": letter.reason,
        "partition": letter.record.partition,
        "offset": letter.record.offset,
    }
    return [
        Message(
            message_id=UUID(int=letter.id.int ^ (index + 1)),
            topic=topic,
            key=str(letter.id),
            body=orjson.dumps(
                {
                    "specversion": "1.0",
                    "id": str(letter.id),
                    "source": "/blotter/intake",
                    "type": kind,
                    "time": timestamp(now),
                    "datacontenttype": "application/json",
                    "data": data
                    | ({"partner": letter.partner} if index == 0 else letter.reply_members),
                },
                option=orjson.OPT_SORT_KEYS,
            ),
        )
        for index, (topic, kind) in enumerate(
            [
                (topics.dead_letters, "blotter.dead-letter-kept.v1"),
                (topics.replies(letter.partner), "blotter.partner-event-answered.v1"),
            ]
        )
    ]


def _pack(record: Record) -> bytes:
    return orjson.dumps(
        {
            "key": _text(record.key),
            "value": _text(record.value),
            "headers": [[_text(_name(name)), _text(value)] for name, value in record.headers],
        }
    )


def _name(name: str) -> bytes:
    """The bytes of a header's name, which need not be UTF-8."""
    return name.encode(errors="surrogateescape")


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text)


async def listed(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The newest dead letters, without their content."""
    cursor = await connection.execute(
        "select id, partner, topic, partition, record_offset, reason, received_at, replayed_at,"
        " original is not null as kept from dead_letters order by received_at desc limit %s",
        [limit],
    )
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


async def original(connection: Connection, keyring: Keyring, letter_id: UUID) -> Record | None:
    """The original record; None when there is no such dead letter or its original was deleted."""
    cursor = await connection.execute(
        "select topic, partition, record_offset, original from dead_letters"
        " where id = %s and original is not null",
        [letter_id],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    packed = orjson.loads(keyring.decrypt(bytes(row[3]), f"dead-letter/{letter_id}"))
    headers = tuple(
        ((_bytes(name) or b"").decode(errors="surrogateescape"), _bytes(value) or b"")
        for name, value in packed["headers"]
    )
    return Record(
        row[0], row[1], row[2], _bytes(packed["key"]), _bytes(packed["value"]), headers, None
    )


async def mark_replayed(connection: Connection, letter_id: UUID, now: datetime) -> None:
    """Record that the dead letter was accepted by a replay."""
    await connection.execute(
        "update dead_letters set replayed_at = %s where id = %s", [now, letter_id]
    )
