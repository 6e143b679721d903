"""Submitting a question: an emergency is filed as a report, any other gets published answers.

The question, the answers shown and, if there were none, the asker's number and PIN are committed
together. The same form or key sent again changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from events.envelope import Actor, Cause, CauseKind, Purpose, inquiry_stream, report_stream
from events.inquiries import AnswerShown
from events.intake import EmergencyAssessment
from events.personal import Personal
from services.hazards.version import rules_version
from services.intake.api import committed
from services.intake.domain.inquiry import DECIDER, Ask, Inquiry, LeaveOpen
from services.intake.domain.numbers import report_number
from services.intake.domain.submission import read_submission
from services.intake.handlers import OUTBOX, PIN_DIGITS, Submit
from services.intake.inquiries import store
from services.intake.inquiries.answer_search import find_answers
from services.runtime.clock import random_digits
from services.runtime.event_store import Decided, Occasion
from services.runtime.idempotency import IdempotencyKey, once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from events.inquiries import InquiryEvent, LeftOpen
    from events.intake import Channel
    from services.hazards.structured import Assessment
    from services.intake.handlers import Intake
    from services.intake.inquiries.answers import Edition
    from services.runtime.database import Connection

ASKER = "asker"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read and assessed; a repeat of `key` gets the first answer."""

    text: str
    language: str
    assessment: Assessment
    channel: Channel
    key: str | None
    in_doubt: bool = False
    """Whether somebody may be in danger and has not denied it; then staff read it too."""

    @property
    def diverted(self) -> bool:
        """Whether the outcome is an emergency, so that only a call helps."""
        return self.assessment.outcome == "divert"

    @property
    def idempotency(self) -> IdempotencyKey | None:
        """The key together with everything that must be equal in a repeat."""
        if not self.key:
            return None
        content = "\n".join([self.channel, self.language, self.assessment.outcome, self.text])
        return IdempotencyKey(ASKER, self.key, sha256(content.encode()).digest())


async def file_emergency(
    intake: Intake, question: Question, emergency: dict[str, str], moment: datetime
) -> dict[str, str]:
    """The question as a report, shown to dispatchers; ProblemError with `emergency`."""
    profile = intake.profile
    body = {"description": question.text}
    submission = read_submission(body, profile.known_types, profile.zone, moment)
    submission.language = question.language
    command = Submit(
        submission,
        question.assessment,
        question.channel,
        question.key,
        question.text.encode(),
        through="inquiry",
    )
    return await committed(intake, command, emergency)


async def ask(
    intake: Intake,
    question: Question,
    day: date,
    moment: datetime,
    *,
    report: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Commit the question with the answers found; gives its id and number, the answers, a PIN.

    `report`: the report of an emergency. Then no answers are shown, and the question is stored
    under the report's key, so that erasing the report erases it too.
    """
    pin = random_digits(PIN_DIGITS)
    pin_hash = await asyncio.to_thread(intake.pins.hash, pin)
    async with intake.pool.connection() as connection, connection.transaction():

        async def commit(command_id: UUID) -> dict[str, Any]:
            found = (
                []
                if report
                else await find_answers(connection, question.text, question.language, day)
            )
            asked = Asking(question, report, found, uuid5(command_id, "inquiry"), command_id)
            answer = await _commit(intake, connection, asked, pin_hash, moment)
            return answer | {"pin": pin if asked.waits_for_a_person else None}

        answer = await once(connection, intake.keyring, question.idempotency, moment, commit)
    intake.wake.notify(OUTBOX)
    return answer


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the answers found for it, and the ids of the inquiry and its command."""

    question: Question
    report: Mapping[str, str] | None
    found: Sequence[Edition]
    inquiry_id: UUID
    command_id: UUID

    @property
    def waits_for_a_person(self) -> bool:
        """Whether staff have to answer: no answer was found, or danger is not excluded."""
        return not self.report and (not self.found or self.question.in_doubt)


async def _commit(
    intake: Intake, connection: Connection, asked: Asking, pin_hash: str, moment: datetime
) -> dict[str, Any]:
    """Append the events of the question; gives its id, its number and the answers to show."""
    number = _number(await store.next_counter(connection))
    shown = tuple(
        AnswerShown(answer=one.answer, edition=one.edition, language=one.language)
        for one in asked.found
    )
    command = _command(asked.question, number, asked.inquiry_id, asked.report, shown)
    events = list(DECIDER.decide(command, Inquiry()))
    if asked.waits_for_a_person:
        why: LeftOpen = "in-doubt" if asked.found else "nothing-found"
        events += _left_open(events, why, asked.inquiry_id, pin_hash)
    await _append(
        intake,
        connection,
        asked.inquiry_id,
        0,
        events,
        asked.command_id,
        asked.question,
        moment,
    )
    kept_hash = pin_hash if asked.waits_for_a_person else None
    await store.add(connection, asked.inquiry_id, number, kept_hash, moment)
    return {
        "inquiry_id": str(asked.inquiry_id),
        "inquiry_number": number,
        "shown": [[one.answer, one.edition] for one in asked.found],
    }


def _number(counter: int) -> str:
    return f"Q-{report_number(counter)}"


def _command(
    question: Question,
    number: str,
    inquiry_id: UUID,
    report: Mapping[str, str] | None,
    found: tuple[AnswerShown, ...],
) -> Ask:
    assessment = question.assessment
    subject = report_stream(UUID(report["report_id"])) if report else inquiry_stream(inquiry_id)
    return Ask(
        number=number,
        channel=question.channel,
        language=question.language,
        emergency=EmergencyAssessment(
            outcome=assessment.outcome,
            rules=tuple(reason.rule for reason in assessment.reasons),
            rules_version=rules_version(),
        ),
        report_number=report["report_number"] if report else None,
        found=found,
        question=Personal[str](subject=subject, value=question.text),
    )


def _left_open(
    facts: list[InquiryEvent], why: LeftOpen, inquiry_id: UUID, pin_hash: str
) -> tuple[InquiryEvent, ...]:
    sealed = Personal[str](subject=inquiry_stream(inquiry_id), value=pin_hash)
    return tuple(DECIDER.decide(LeaveOpen(why, sealed), DECIDER.fold(facts)))


async def leave_open(
    intake: Intake, inquiry_id: UUID, channel: Channel, moment: datetime
) -> dict[str, str]:
    """The answers shown did not help: leave the inquiry open for staff; RefusedError if not
    allowed.

    A repeat within a day gives the same PIN. Knowing the id is proof of having asked the question.
    """
    key = IdempotencyKey(ASKER, f"open/{inquiry_id}", b"")
    pin = random_digits(PIN_DIGITS)
    pin_hash = await asyncio.to_thread(intake.pins.hash, pin)
    async with intake.pool.connection() as connection, connection.transaction():

        async def commit(_: UUID) -> dict[str, Any]:
            facts = await store.facts(intake, connection, inquiry_id)
            events = _left_open(facts, "not-helpful", inquiry_id, pin_hash)
            if events:
                occasion = _occasion(channel, inquiry_id, uuid5(inquiry_id, "left open"))
                decided = Decided(inquiry_stream(inquiry_id), len(facts), events, occasion)
                await intake.events.append(connection, [decided], moment)
                await store.let_in(connection, inquiry_id, pin_hash)
            number = await store.number_of(connection, inquiry_id)
            return {"inquiry_number": number, "pin": pin if events else ""}

        answer = await once(connection, intake.keyring, key, moment, commit)
    intake.wake.notify(OUTBOX)
    return answer


async def _append(
    intake: Intake,
    connection: Connection,
    inquiry_id: UUID,
    after: int,
    events: list[InquiryEvent],
    command_id: UUID,
    question: Question,
    moment: datetime,
) -> None:
    occasion = _occasion(question.channel, inquiry_id, command_id)
    decided = Decided(inquiry_stream(inquiry_id), after, tuple(events), occasion)
    await intake.events.append(connection, [decided], moment)


def _occasion(channel: Channel, inquiry_id: UUID, command_id: UUID) -> Occasion:
    return Occasion(
        actor=Actor(ASKER, "self", channel),
        purpose=Purpose.LIVE,
        cause=Cause(CauseKind.COMMAND, command_id),
        correlation_id=inquiry_id,
        handler="inquiry",
    )
