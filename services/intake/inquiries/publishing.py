"""Staff at work: an answer is published, revised or retired; an asker is answered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from events.envelope import Actor, Cause, CauseKind, Purpose, answer_stream, inquiry_stream
from events.inquiries import AnswerEvent, AnswerShown
from events.personal import Personal
from services.intake.domain import answer as answers
from services.intake.domain import inquiry as inquiries
from services.intake.domain.numbers import normalise
from services.intake.domain.refusal import RefusedError
from services.intake.handlers import OUTBOX
from services.intake.inquiries import store
from services.intake.inquiries.answers import editions
from services.runtime.event_store import ConflictError, Decided, Occasion
from services.runtime.keyring import DestroyedError
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from services.intake.domain.answer import Answer, AnswerCommand
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

HANDLER = "answer"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, under which command's id, having seen which version of the stream (None: any)."""

    actor: Actor
    command_id: UUID
    seen_version: int | None = None


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """What the rules refuse, as an answer over HTTP."""
    try:
        yield
    except RefusedError as refusal:
        raise ProblemError(
            409, "refused", str(refusal).capitalize(), f"Possible: {refusal.expected}."
        ) from None
    except ConflictError:
        raise stale() from None
    except DestroyedError:
        raise ProblemError(409, "erased", "This question was erased") from None


def stale() -> ProblemError:
    """Somebody else was faster."""
    return ProblemError(412, "stale", "It was changed meanwhile", "Look at it again, then decide.")


async def load_answer(intake: Intake, connection: Connection, name: str) -> tuple[int, Answer]:
    """The version of an answer's stream, and its state."""
    envelopes = await intake.events.read(connection, answer_stream(name))
    facts = [cast("AnswerEvent", each.data) for each in envelopes]
    return len(facts), answers.DECIDER.fold(facts)


async def perform(intake: Intake, command: AnswerCommand, by: By, moment: datetime) -> int:
    """Apply a command to an answer; gives the version of its stream afterwards."""
    with refusals_as_problems():
        async with intake.pool.connection() as connection, connection.transaction():
            version, state = await load_answer(intake, connection, command.answer)
            if by.seen_version is not None and by.seen_version != version:
                raise stale()
            events = answers.DECIDER.decide(command, state)
            occasion = Occasion(
                by.actor,
                Purpose.LIVE,
                Cause(CauseKind.COMMAND, by.command_id),
                by.command_id,
                HANDLER,
            )
            decided = Decided(answer_stream(command.answer), version, tuple(events), occasion)
            await intake.events.append(connection, [decided], moment)
    intake.wake.notify(OUTBOX)
    return version + len(events)


async def reply(
    intake: Intake, number: str, text: str, answer: str, day: date, by: By, moment: datetime
) -> tuple[UUID, int]:
    """Answer an asker in own words, with a published answer, or both; gives id and version."""
    with refusals_as_problems():
        async with intake.pool.connection() as connection, connection.transaction():
            digits = normalise(number)
            row = await store.find(connection, f"Q-{digits}") if digits else None
            if row is None:
                raise ProblemError(404, "no-such-inquiry", "No question has this number")
            stream = inquiry_stream(row.inquiry_id)
            facts = await store.facts(intake, connection, row.inquiry_id)
            if by.seen_version is not None and by.seen_version != len(facts):
                raise stale()
            state = inquiries.DECIDER.fold(facts)
            shown = await _shown(connection, answer, day, state)
            sealed_text = Personal[str](subject=stream, value=text) if text else None
            events = inquiries.DECIDER.decide(inquiries.Reply(shown, sealed_text), state)
            occasion = Occasion(
                by.actor,
                Purpose.LIVE,
                Cause(CauseKind.COMMAND, by.command_id),
                row.inquiry_id,
                "reply",
            )
            decided = Decided(stream, len(facts), tuple(events), occasion)
            await intake.events.append(connection, [decided], moment)
    intake.wake.notify(OUTBOX)
    return row.inquiry_id, len(facts) + len(events)


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
