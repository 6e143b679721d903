"""Reading one question: whoever may answer it reads it at once, and that is recorded first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from events.access import PersonalDataRevealed
from events.codec import decode
from events.envelope import inquiry_stream
from events.inquiries import InquiryReceived, InquiryReplied
from services.access.recording import REVEAL_LASTS
from services.projections.inquiries import inquiry_queries
from services.projections.personal.visible_fields import VisibleFields
from services.runtime.clock import now
from services.runtime.identity import CASE_WORKERS
from services.runtime.keyring import subjects_of, unseal
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from events.envelope import Envelope
    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.runtime.identity import Role

FIELDS = ("question", "reply")
REASON = "inquiry"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, as this reader sees it."""

    at: datetime
    by: str
    text: Any
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A question as this reader sees it; masked for those who do not answer questions."""

    row: dict[str, Any]
    question: Any
    replies: tuple[Reply, ...]


async def open_inquiry(read_side: ReadSide, reader: Reader, role: Role, number: str) -> Opened:
    """The question of a number; the reading of it is committed before it is shown."""
    async with read_side.pool.connection() as connection:
        row = await inquiry_queries.one(connection, number)
        if row is None:
            raise ProblemError(404, "no-such-inquiry", "No question has this number")
        inquiry_id = UUID(row["key"])
        cursor = await connection.execute(
            "select position, body from ledger where stream_id = %s order by version",
            [inquiry_stream(inquiry_id)],
        )
        stored = [(at, decode(bytes(body))) for at, body in await cursor.fetchall()]
        subjects = subjects_of(envelope.data for _, envelope in stored)
        keys = await read_side.keyring.find(connection, subjects)
        hidden = await read_side.keyring.hidden(connection, subjects)
    await read_side.access.viewed(reader, number, [inquiry_id])
    if role in CASE_WORKERS:
        await _reveal(read_side, reader, role, row, stored[-1][0])
    reveals = await read_side.access.reveals(reader, [inquiry_id], now())
    seen = VisibleFields(role, reveals, hidden)
    return _opened(row, seen, [(at, unseal(each, keys)) for at, each in stored])


async def _reveal(
    read_side: ReadSide, reader: Reader, role: Role, row: dict[str, Any], position: int
) -> None:
    """Once for each session and state of the question: answering it is the reason."""
    inquiry_id, moment = UUID(row["key"]), now()
    for reveal in await read_side.access.reveals(reader, [inquiry_id], moment):
        if reveal.through_position >= position and set(FIELDS) <= set(reveal.fields):
            return
    event = PersonalDataRevealed(
        role=role.value,
        number=row["number"],
        records=(inquiry_id,),
        fields=FIELDS,
        through_position=position,
        until=moment + REVEAL_LASTS,
        reason=REASON,
    )
    await read_side.access.revealed(reader, event)


def _opened(row: dict[str, Any], seen: VisibleFields, stored: list[tuple[int, Envelope]]) -> Opened:
    question, replies = None, []
    for position, envelope in stored:
        event = envelope.data
        if isinstance(event, InquiryReceived):
            question = seen.shown("question", position, event.question)
        if isinstance(event, InquiryReplied):
            text = seen.shown("reply", position, event.reply) if event.reply else None
            shown = tuple(f"{each.answer}/{each.edition}" for each in event.shown)
            replies.append(Reply(envelope.recorded_at, envelope.actor.who, text, shown))
    return Opened(row, question, tuple(replies))
