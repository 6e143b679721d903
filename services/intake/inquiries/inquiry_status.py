"""The status of an inquiry by number and PIN; a wrong guess reveals nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from events.envelope import inquiry_stream
from events.inquiries import AnswerShown, InquiryReceived, InquiryReplied
from services.intake.domain.numbers import normalise
from services.intake.inquiries import store
from services.runtime.keyring import subjects_of, unseal
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.intake.handlers import Intake
    from services.runtime.database import Connection

LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of staff: free text, published answers, or both."""

    at: datetime
    text: str | None
    shown: tuple[AnswerShown, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """An inquiry as its asker sees it; `question` is None once it was erased."""

    inquiry_number: str
    asked_at: datetime
    question: str | None
    replies: tuple[Reply, ...]


def unknown() -> ProblemError:
    """The same problem for a wrong number and a wrong PIN."""
    return ProblemError(
        404,
        "no-such-inquiry",
        "No question has this number and PIN",
        "Check both. After ten wrong PINs a question is locked for 15 minutes.",
    )


async def follow(intake: Intake, given_number: str, pin: str, moment: datetime) -> Progress:
    """The question and its replies; the same problem for a wrong number and a wrong PIN."""
    digits = normalise(given_number)
    async with intake.pool.connection() as connection:
        async with connection.transaction():
            row = await store.find(connection, f"Q-{digits}") if digits else None
            locked = row is not None and row.locked_until is not None and row.locked_until > moment
            stored = row.pin_hash if row and not locked else None
            right = await asyncio.to_thread(_matches, intake, stored, pin)
            if row and not locked and not right:
                await store.count_wrong_pin(connection, row.inquiry_id, moment + LOCKED_FOR)
            if row and right:
                await store.forget_wrong_pins(connection, row.inquiry_id)
        if row is None or not right:
            raise unknown()
        return await _progress(intake, connection, row.inquiry_id)


def _matches(intake: Intake, stored: str | None, pin: str) -> bool:
    """Takes the same time whether the number exists or not."""
    matches = intake.pins.matches(stored or intake.pins.decoy, pin)
    return matches and stored is not None


async def _progress(intake: Intake, connection: Connection, inquiry_id: UUID) -> Progress:
    envelopes = await intake.events.read(connection, inquiry_stream(inquiry_id))
    keys = await intake.keyring.find(connection, subjects_of(each.data for each in envelopes))
    opened = [unseal(envelope, keys) for envelope in envelopes]
    received = opened[0].data
    assert isinstance(received, InquiryReceived)
    return Progress(
        inquiry_number=received.inquiry_number,
        asked_at=opened[0].recorded_at,
        question=received.question.value,
        replies=tuple(
            Reply(
                each.recorded_at,
                each.data.reply.value if each.data.reply else None,
                each.data.shown,
            )
            for each in opened
            if isinstance(each.data, InquiryReplied)
        ),
    )
