"""One inquiry as a decider: asked, answered with published answers, or left open for staff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from events.decider import Decider
from events.inquiries import (
    AnswerShown,
    InquiryAnswered,
    InquiryEvent,
    InquiryLeftOpen,
    InquiryReceived,
    InquiryReplied,
    LeftOpen,
)
from services.intake.domain.refusal import RefusedError

if TYPE_CHECKING:
    from events.intake import Channel, EmergencyAssessment
    from events.personal import Personal

Shown = tuple[AnswerShown, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with its assessment and the answers found."""

    number: str
    channel: Channel
    language: str
    emergency: EmergencyAssessment
    report_number: str | None
    question: Personal[str]
    found: Shown


@dataclass(frozen=True, slots=True)
class LeaveOpen:
    """Leave the inquiry open for staff: the answers shown did not help."""

    why: LeftOpen
    pin_hash: Personal[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a member of staff."""

    shown: Shown
    reply: Personal[str] | None


InquiryCommand = Ask | LeaveOpen | Reply


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One inquiry: only the state that decisions need."""

    received: InquiryReceived | None = None
    left_open: bool = False


def evolve(inquiry: Inquiry, event: InquiryEvent) -> Inquiry:
    """The inquiry after the event."""
    match event:
        case InquiryReceived():
            return replace(inquiry, received=event)
        case InquiryLeftOpen():
            return replace(inquiry, left_open=True)
        case InquiryAnswered() | InquiryReplied():
            return inquiry
    assert_never(event)


def decide(command: InquiryCommand, inquiry: Inquiry) -> tuple[InquiryEvent, ...]:
    """The events of `command`; RefusedError when it is not allowed now."""
    if isinstance(command, Ask):
        return _ask(command, inquiry)
    if inquiry.received is None:
        raise RefusedError("there is no such question", "the number of a question")
    match command:
        case LeaveOpen():
            return _leave_open(command, inquiry)
        case Reply():
            if not inquiry.left_open:
                raise RefusedError("nobody waits for an answer", "a question that was left open")
            if not command.shown and command.reply is None:
                raise RefusedError("the answer says nothing", "words, a published answer or both")
            return (InquiryReplied(shown=command.shown, reply=command.reply),)
    assert_never(command)


def _ask(command: Ask, inquiry: Inquiry) -> tuple[InquiryEvent, ...]:
    if inquiry.received is not None:
        return ()
    received = InquiryReceived(
        inquiry_number=command.number,
        channel=command.channel,
        language=command.language,
        emergency=command.emergency,
        report_number=command.report_number,
        question=command.question,
    )
    return (received, InquiryAnswered(shown=command.found)) if command.found else (received,)


def _leave_open(command: LeaveOpen, inquiry: Inquiry) -> tuple[InquiryEvent, ...]:
    if inquiry.received is not None and inquiry.received.report_number:
        raise RefusedError("it was filed as a report", "the number and PIN of that report")
    if inquiry.left_open:
        return ()
    return (InquiryLeftOpen(why=command.why, pin_hash=command.pin_hash),)


DECIDER: Decider[InquiryCommand, Inquiry, InquiryEvent] = Decider(Inquiry(), decide, evolve)
