"""Asking: an emergency is filed as a report at once; any other question gets what is known of it.

The question, the answers that were shown and, where there were none, the asker's number and PIN are
committed together. The same form or key sent again asks once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from events.envelope import Actor, Cause, CauseKind, Purpose, inquiry_stream, report_stream
from events.inquiries import AnswerShown
from events.intake import EmergencyAssessment
from events.personal import Personal
from services.hazards.version import rules_version
from services.intake.api import committed
from services.intake.domain.inquiry import DECIDER, Ask, Inquiry, LeaveOpen
from services.intake.domain.numbers import report_number
from services.intake.domain.submission import read_submission
from services.intake.handlers import COMMANDS, OUTBOX, PIN_DIGITS, Submit
from services.intake.inquiries import store
from services.intake.inquiries.answer_search import find_answers
from services.runtime.clock import new_id, random_digits
from services.runtime.event_store import Decided, Occasion
from services.runtime.idempotency import IdempotencyKey, answer_to, remember

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from events.inquiries import InquiryEvent, LeftOpen
    from events.intake import Channel
    from services.hazards.structured import Assessment
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

ASKER = "asker"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came and as it was assessed; a repeat of `key` gets the first answer."""

    text: str
    language: str
    assessment: Assessment
    channel: Channel
    key: str | None
    in_doubt: bool = False
    """Whether somebody may be in danger and has not denied it: then a person looks at it too."""

    @property
    def diverted(self) -> bool:
        """Whether only a call helps now."""
        return self.assessment.outcome == "divert"

    @property
    def idempotency(self) -> IdempotencyKey | None:
        """The key with everything that makes a repeat the same."""
        if not self.key:
            return None
        content = "\n".join([self.channel, self.language, self.assessment.outcome, self.text])
        return IdempotencyKey(ASKER, self.key, sha256(content.encode()).digest())


async def file_emergency(
    intake: Intake, question: Question, emergency: dict[str, str], moment: datetime
) -> dict[str, str]:
    """The question as a report: the dispatcher's screen shows it; ProblemError with `emergency`."""
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
    """Commit the question with what was found; gives its id and number, what to show, a PIN.

    `report`: the report as which an emergency was filed. Nothing is shown then, and the question
    lies under the report's key, so that erasing the one erases the other.
    """
    key, pin = question.idempotency, random_digits(PIN_DIGITS)
    pin_hash = await asyncio.to_thread(intake.pins.hash, pin)
    async with intake.pool.connection() as connection, connection.transaction():
        if key and (before := await answer_to(connection, intake.keyring, key, moment)):
            return dict(orjson.loads(before))
        command_id = uuid5(COMMANDS, f"{key.place}/{moment}") if key else new_id()
        inquiry_id = uuid5(command_id, "inquiry")
        found = (
            [] if report else await find_answers(connection, question.text, question.language, day)
        )
        number = _number(await store.next_counter(connection))
        command = _command(
            question,
            number,
            inquiry_id,
            report,
            tuple(
                AnswerShown(answer=one.answer, edition=one.edition, language=one.language)
                for one in found
            ),
        )
        events = list(DECIDER.decide(command, Inquiry()))
        open_now = not report and (not found or question.in_doubt)
        if open_now:
            why: LeftOpen = "in-doubt" if found else "nothing-found"
            events += _left_open(events, why, inquiry_id, pin_hash)
        await _append(intake, connection, inquiry_id, 0, events, command_id, question, moment)
        await store.add(connection, inquiry_id, number, pin_hash if open_now else None, moment)
        answer = {
            "inquiry_id": str(inquiry_id),
            "inquiry_number": number,
            "shown": [[one.answer, one.edition] for one in found],
            "pin": pin if open_now else None,
        }
        if key:
            await remember(connection, intake.keyring, key, orjson.dumps(answer), moment)
    intake.wake.notify(OUTBOX)
    return answer


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
    """What was shown did not help: a person is to answer. RefusedError when that cannot be.

    Asked again within a day it gives the same PIN; whoever knows the id asked the question.
    """
    key = IdempotencyKey(ASKER, f"open/{inquiry_id}", b"")
    pin = random_digits(PIN_DIGITS)
    pin_hash = await asyncio.to_thread(intake.pins.hash, pin)
    async with intake.pool.connection() as connection, connection.transaction():
        if before := await answer_to(connection, intake.keyring, key, moment):
            return dict(orjson.loads(before))
        facts = await store.facts(intake, connection, inquiry_id)
        events = _left_open(facts, "not-helpful", inquiry_id, pin_hash)
        number = await store.number_of(connection, inquiry_id)
        answer = {"inquiry_number": number, "pin": pin if events else ""}
        if events:
            command_id = uuid5(inquiry_id, "left open")
            occasion = _occasion(channel, inquiry_id, command_id)
            decided = Decided(inquiry_stream(inquiry_id), len(facts), events, occasion)
            await intake.events.append(connection, [decided], moment)
            await store.let_in(connection, inquiry_id, pin_hash)
            await remember(connection, intake.keyring, key, orjson.dumps(answer), moment)
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
