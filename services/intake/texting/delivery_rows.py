"""Deliveries and replies in Postgres: each delivery once, each reply until it is marked as sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from services.intake.texting.inlets import Inlet, Kind
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

MOST_FETCHED = 100


@dataclass(frozen=True, slots=True)
class EarlierDelivery:
    """An earlier delivery and its answer; the answer is None once it was deleted."""

    answer: dict[str, Any] | None


async def earlier_delivery(
    connection: Connection, keyring: Keyring, inlet: str, message_hash: bytes
) -> EarlierDelivery | None:
    """The answer to this delivery if it came before."""
    cursor = await connection.execute(
        "select answer from text_deliveries where inlet = %s and message_hash = %s",
        [inlet, message_hash],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    opened = keyring.decrypt(bytes(row[0]), _place(message_hash)) if row[0] else None
    return EarlierDelivery(orjson.loads(opened) if opened else None)


def _place(message_hash: bytes) -> str:
    return f"text-delivery/{message_hash.hex()}"


async def store_answer(
    connection: Connection,
    keyring: Keyring,
    inlet: str,
    message_hash: bytes,
    answer: dict[str, Any],
    now: datetime,
) -> None:
    """Store the answer in the transaction of its effects."""
    sealed = keyring.encrypt(orjson.dumps(answer), _place(message_hash))
    await connection.execute(
        "insert into text_deliveries (inlet, message_hash, received_at, answer)"
        " values (%s, %s, %s, %s)",
        [inlet, message_hash, now, sealed],
    )


async def store_reply(
    connection: Connection,
    keyring: Keyring,
    inlet: Inlet,
    reply_id: UUID,
    to: str,
    text: str,
    now: datetime,
) -> None:
    """Store a reply; marked as sent at once where the webhook's answer carries it."""
    content = keyring.encrypt(orjson.dumps({"to": to, "text": text}), f"text-reply/{reply_id}")
    await connection.execute(
        "insert into text_outgoing (reply_id, inlet, made_at, handed_over_at, content)"
        " values (%s, %s, %s, %s, %s)",
        [reply_id, inlet.name, now, now if inlet.replies == "answer" else None, content],
    )


async def unsent(
    connection: Connection, keyring: Keyring, inlet: str, after: int
) -> list[dict[str, Any]]:
    """Replies of an inlet that are not marked as sent, the oldest first."""
    cursor = await connection.execute(
        "select sequence, reply_id, made_at, content from text_outgoing where inlet = %s"
        " and handed_over_at is null and sequence > %s order by sequence limit %s",
        [inlet, after, MOST_FETCHED],
    )
    return [
        {"sequence": sequence, "reply_id": str(reply_id), "made_at": made_at}
        | orjson.loads(keyring.decrypt(bytes(content), f"text-reply/{reply_id}"))
        for sequence, reply_id, made_at, content in await cursor.fetchall()
    ]


async def mark_sent(connection: Connection, inlet: str, reply_id: UUID, now: datetime) -> bool:
    """Mark a reply as sent, repeatable; False when there is none."""
    cursor = await connection.execute(
        "update text_outgoing set handed_over_at = coalesce(handed_over_at, %s)"
        " where inlet = %s and reply_id = %s",
        [now, inlet, reply_id],
    )
    return cursor.rowcount == 1


async def opt_out(connection: Connection, channel: Kind, sender_hash: bytes, now: datetime) -> None:
    """Record that the sender opted out of messages (STOP)."""
    await connection.execute(
        "insert into text_stopped (channel, sender_hash, stopped_at) values (%s, %s, %s)"
        " on conflict do nothing",
        [channel, sender_hash, now],
    )


async def opt_in(connection: Connection, channel: Kind, sender_hash: bytes) -> None:
    """Record that the sender opted in again (START)."""
    await connection.execute(
        "delete from text_stopped where channel = %s and sender_hash = %s", [channel, sender_hash]
    )


async def has_opted_out(connection: Connection, channel: Kind, sender_hash: bytes) -> bool:
    """Whether the sender opted out."""
    cursor = await connection.execute(
        "select 1 from text_stopped where channel = %s and sender_hash = %s",
        [channel, sender_hash],
    )
    return await cursor.fetchone() is not None


async def delete_old(
    connection: Connection, now: datetime, answers_kept: timedelta, known_for: timedelta
) -> None:
    """Delete old answers and replies, and later the deliveries and filed conversations."""
    await connection.execute(
        "update text_deliveries set answer = null where answer is not null and received_at < %s",
        [now - answers_kept],
    )
    await connection.execute(
        "delete from text_outgoing where made_at < %s"
        " and (handed_over_at is not null or made_at < %s)",
        [now - answers_kept, now - known_for],
    )
    await connection.execute(
        "delete from text_deliveries where received_at < %s", [now - known_for]
    )
    await connection.execute(
        "delete from text_conversations where report_id is not null and touched_at < %s",
        [now - known_for],
    )
