"""Conversations in Postgres: sealed, found by keyed hashes.

Rows are short-lived, so they are sealed under the master key, as drafts are. When a report is filed
its content is sealed under the keys of its data subjects and deleted here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import orjson

from services.intake.texting.dialogue import Dialogue

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.intake.texting.inlets import Kind
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

PURPOSE = "addresses and messages of text inlets"
COLUMNS = (
    "c.conversation_id, c.inlet, c.channel, c.sender_hash, c.report_number, c.pin_hash,"
    " c.report_id, c.outcome, c.locked_until, c.content"
)
HashPurpose = Literal["sender", "message"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row: sender, report number, report id if filed, and the dialogue."""

    conversation_id: UUID
    inlet: str
    channel: Kind
    sender_hash: bytes
    report_number: str
    pin_hash: str | None
    report_id: UUID | None
    outcome: str
    locked_until: datetime | None
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class SilentConversation:
    """A conversation that is silent, and whether it is an exercise."""

    columns: tuple[Any, ...]
    touched_at: datetime
    exercise: bool

    def conversation(self, keyring: Keyring) -> Conversation:
        """The conversation; raises when its sealed content cannot be opened."""
        return _read(keyring, self.columns)


def keyed_hash(keyring: Keyring, of: HashPurpose, *parts: str) -> bytes:
    """Keyed hash, so that the table alone reveals no address.

    Uses the master key: an opt-out outlives an epoch's key.
    """
    key = keyring.derived(0, PURPOSE)
    return hmac.digest(key, orjson.dumps([of, *parts]), "sha256")


def _place(conversation_id: UUID) -> str:
    return f"text-conversation/{conversation_id}"


def _read(keyring: Keyring, row: tuple[Any, ...]) -> Conversation:
    id_, inlet, channel, sender_hash, number, pin_hash, report_id, outcome, locked, content = row
    dialogue = Dialogue.model_validate_json(keyring.decrypt(bytes(content), _place(id_)))
    return Conversation(
        id_,
        inlet,
        channel,
        bytes(sender_hash),
        number,
        pin_hash,
        report_id,
        outcome,
        locked,
        dialogue,
    )


async def lock_sender(connection: Connection, sender_hash: bytes) -> None:
    """Lock the sender until commit: messages of one sender are handled one at a time."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"text/{sender_hash.hex()}"]
    )


async def current(
    connection: Connection, keyring: Keyring, channel: Kind, sender_hash: bytes
) -> Conversation | None:
    """The sender's current conversation."""
    cursor = await connection.execute(
        f"select {COLUMNS} from text_conversations c"  # noqa: S608 - our own constant
        " where channel = %s and sender_hash = %s and current for update",
        [channel, sender_hash],
    )
    row = await cursor.fetchone()
    return _read(keyring, row) if row else None


async def unfiled(
    connection: Connection, keyring: Keyring, number: str, *, exercise: bool
) -> Conversation | None:
    """The conversation of this number that is not filed; an exercise finds exercises only."""
    cursor = await connection.execute(
        f"select {COLUMNS} from text_conversations c join text_inlets i on i.name = c.inlet"  # noqa: S608
        " where c.report_number = %s and c.report_id is null and i.exercise = %s for update of c",
        [number, exercise],
    )
    row = await cursor.fetchone()
    return _read(keyring, row) if row else None


async def save(
    connection: Connection, keyring: Keyring, conversation: Conversation, now: datetime
) -> None:
    """Store a conversation as its sender's current one."""
    content = keyring.encrypt(
        conversation.dialogue.model_dump_json().encode(), _place(conversation.conversation_id)
    )
    await connection.execute(
        "insert into text_conversations (conversation_id, inlet, channel, sender_hash,"
        " report_number, pin_hash, report_id, outcome, touched_at, content)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (conversation_id) do update set inlet = excluded.inlet,"
        " channel = excluded.channel, sender_hash = excluded.sender_hash, current = true,"
        " report_id = excluded.report_id, outcome = excluded.outcome,"
        " touched_at = excluded.touched_at, content = excluded.content",
        [
            conversation.conversation_id,
            conversation.inlet,
            conversation.channel,
            conversation.sender_hash,
            conversation.report_number,
            conversation.pin_hash,
            conversation.report_id,
            conversation.outcome,
            now,
            content,
        ],
    )


async def end_current(connection: Connection, channel: Kind, sender_hash: bytes) -> None:
    """End the sender's current conversation; if unfiled, it is filed as silent."""
    await connection.execute(
        "update text_conversations set current = false"
        " where channel = %s and sender_hash = %s and current",
        [channel, sender_hash],
    )


def readdressed(
    conversation: Conversation, inlet: str, channel: Kind, sender_hash: bytes, address: str
) -> Conversation:
    """The conversation, continued from another address."""
    dialogue = conversation.dialogue.model_copy(update={"address": address})
    return replace(
        conversation, inlet=inlet, channel=channel, sender_hash=sender_hash, dialogue=dialogue
    )


async def silent(
    connection: Connection, channel: Kind, before: datetime, *, doubtful: bool
) -> list[SilentConversation]:
    """Unfiled conversations unchanged since `before`; locks none of them."""
    cursor = await connection.execute(
        f"select c.touched_at, i.exercise, {COLUMNS} from text_conversations c"  # noqa: S608
        " join text_inlets i on i.name = c.inlet where c.report_id is null and c.channel = %s"
        " and (c.outcome <> 'none') = %s and c.touched_at <= %s order by c.touched_at",
        [channel, doubtful, before],
    )
    return [
        SilentConversation(tuple(columns), touched_at, exercise)
        for touched_at, exercise, *columns in await cursor.fetchall()
    ]


async def is_silent_since(
    connection: Connection, conversation_id: UUID, touched_at: datetime
) -> bool:
    """Whether the conversation is unchanged since; locks it until commit."""
    cursor = await connection.execute(
        "select 1 from text_conversations where conversation_id = %s and touched_at = %s"
        " and report_id is null for update",
        [conversation_id, touched_at],
    )
    return await cursor.fetchone() is not None


async def mark_filed(connection: Connection, keyring: Keyring, conversation: Conversation) -> None:
    """Mark the conversation as filed and delete its content here."""
    content = keyring.encrypt(
        conversation.dialogue.model_dump_json().encode(), _place(conversation.conversation_id)
    )
    await connection.execute(
        "update text_conversations set report_id = %s, outcome = %s, content = %s"
        " where conversation_id = %s",
        [conversation.report_id, conversation.outcome, content, conversation.conversation_id],
    )


async def drop(connection: Connection, conversation_id: UUID) -> None:
    """Delete a conversation without content."""
    await connection.execute(
        "delete from text_conversations where conversation_id = %s", [conversation_id]
    )
