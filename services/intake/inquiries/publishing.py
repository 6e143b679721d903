"""Commands of staff: publish, revise or retire an answer; reply to an asker."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.envelope import Actor, Cause, CauseKind, Purpose, answer_stream, inquiry_stream
from events.inquiries import AnswerShown
from events.personal import Personal
from services.intake.domain import answer as answers
from services.intake.domain import inquiry as inquiries
from services.intake.domain.numbers import normalise
from services.intake.domain.refusal import RefusedError
from services.intake.handlers import OUTBOX
from services.intake.inquiries import store
from services.intake.inquiries.answers import editions
from services.runtime.commands import StaleError, decide_and_append, load
from services.runtime.event_store import Occasion
from services.runtime.keyring import DestroyedError
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from services.intake.domain.answer import Answer, AnswerCommand
    from services.intake.handlers import Intake
    from services.runtime.commands import Loaded
    from services.runtime.database import Connection

HANDLER = "answer"


@dataclass(frozen=True, slots=True)
class Author:
    """The actor, the command's id, and the version of the stream that was seen (None: any)."""

    actor: Actor
    command_id: UUID
    seen_version: int | None = None


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Turn refusals of the rules into problems."""
    try:
        yield
    except RefusedError as refusal:
        raise ProblemError(
            409, "refused", str(refusal).capitalize(), f"Possible: {refusal.expected}."
        ) from None
    except StaleError:
        raise stale() from None
    except DestroyedError:
        raise ProblemError(409, "erased", "This question was erased") from None


def stale() -> ProblemError:
    """The problem when the stream changed since the author read it."""
    return ProblemError(412, "stale", "It was changed meanwhile", "Look at it again, then decide.")


async def load_answer(intake: Intake, connection: Connection, name: str) -> Loaded[Answer]:
    """Load an answer from its stream."""
    return await load(intake.events, connection, answer_stream(name), answers.DECIDER)


async def perform(intake: Intake, command: AnswerCommand, by: Author, moment: datetime) -> int:
    """Apply a command to an answer; gives the new version of its stream."""
    with refusals_as_problems():
        async with intake.pool.connection() as connection, connection.transaction():
            loaded = await load_answer(intake, connection, command.answer)
            events = await decide_and_append(
                intake.events,
                connection,
                loaded,
                answers.DECIDER,
                command,
                _occasion(by, by.command_id, HANDLER),
                moment,
                seen_version=by.seen_version,
            )
    intake.wake.notify(OUTBOX)
    return loaded.version + len(events)


async def reply(
    intake: Intake, number: str, text: str, answer: str, day: date, by: Author, moment: datetime
) -> tuple[UUID, int]:
    """Reply to an asker with text, a published answer, or both; gives id and version."""
    with refusals_as_problems():
        async with intake.pool.connection() as connection, connection.transaction():
            digits = normalise(number)
            row = await store.find(connection, f"Q-{digits}") if digits else None
            if row is None:
                raise ProblemError(404, "no-such-inquiry", "No question has this number")
            stream = inquiry_stream(row.inquiry_id)
            loaded = await load(intake.events, connection, stream, inquiries.DECIDER)
            shown = await _shown(connection, answer, day, loaded.state)
            sealed_text = Personal[str](subject=stream, value=text) if text else None
            events = await decide_and_append(
                intake.events,
                connection,
                loaded,
                inquiries.DECIDER,
                inquiries.Reply(shown, sealed_text),
                _occasion(by, row.inquiry_id, "reply"),
                moment,
                seen_version=by.seen_version,
            )
    intake.wake.notify(OUTBOX)
    return row.inquiry_id, loaded.version + len(events)


def _occasion(by: Author, correlation_id: UUID, handler: str) -> Occasion:
    cause = Cause(CauseKind.COMMAND, by.command_id)
    return Occasion(by.actor, Purpose.LIVE, cause, correlation_id, handler)


async def _shown(
    connection: Connection, answer: str, day: date, state: inquiries.Inquiry
) -> tuple[AnswerShown, ...]:
    if not answer:
        return ()
    language = state.received.language if state.received else ""
    for edition in await editions(connection, answer, day, language):
        if edition.holds(day):
            return (AnswerShown(answer=answer, edition=edition.edition, language=edition.language),)
    raise RefusedError("no such answer holds today", "an answer that is published")
