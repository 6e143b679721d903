"""Inquiries: what do people ask, which answer was shown, and what waits for a person?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from events.inquiries import (
    AnswerShown,
    InquiryAnswered,
    InquiryEvent,
    InquiryLeftOpen,
    InquiryReceived,
    InquiryReplied,
)
from services.projections.view import Entry, Table, View, id_text
from services.projections.views.case_status import OutOfOrderError

if TYPE_CHECKING:
    from datetime import datetime

    from events.envelope import Envelope

EVENTS = (InquiryReceived, InquiryAnswered, InquiryLeftOpen, InquiryReplied)


class InquiryRow(NamedTuple):
    """One question."""

    key: str
    version: int
    number: str
    state: str
    emergency: str
    language: str
    channel: str
    purpose: str
    report_number: str | None
    shown: list[str]
    why: str | None
    received_at: datetime
    left_open_at: datetime | None
    replied_at: datetime | None
    replied_by: str | None
    position: int


def key(envelope: Envelope) -> str | None:
    """The question an event is about."""
    return id_text(envelope.stream_id) if type(envelope.data) in EVENTS else None


def evolve(row: InquiryRow | None, entry: Entry) -> InquiryRow:
    """What the event makes of the question's row."""
    envelope, event = entry.envelope, cast("InquiryEvent", entry.envelope.data)
    if isinstance(event, InquiryReceived):
        return _received(entry, event)
    if row is None:
        raise OutOfOrderError(envelope.type)
    row = row._replace(version=envelope.version, position=entry.position)
    moment = envelope.recorded_at
    match event:
        case InquiryAnswered():
            return row._replace(state="answered", shown=_names(event.shown))
        case InquiryLeftOpen():
            return row._replace(state="open", why=event.why, left_open_at=moment)
        case InquiryReplied():
            shown = [*row.shown, *_names(event.shown)]
            return row._replace(
                state="replied", shown=shown, replied_at=moment, replied_by=envelope.actor.who
            )
    assert_never(event)


def _received(entry: Entry, event: InquiryReceived) -> InquiryRow:
    envelope = entry.envelope
    return InquiryRow(
        key=id_text(envelope.stream_id),
        version=envelope.version,
        number=event.inquiry_number,
        state="emergency" if event.report_number else "unanswered",
        emergency=event.emergency.outcome,
        language=event.language,
        channel=event.channel,
        purpose=envelope.purpose.value,
        report_number=event.report_number,
        shown=[],
        why=None,
        received_at=envelope.recorded_at,
        left_open_at=None,
        replied_at=None,
        replied_by=None,
        position=entry.position,
    )


def _names(shown: tuple[AnswerShown, ...]) -> list[str]:
    return [f"{each.answer}/{each.edition}" for each in shown]


INQUIRIES = View(
    "inquiries",
    (Table("inquiries", InquiryRow, key, evolve, InquiryReceived),),
    EVENTS,
    unread=frozenset({"question", "reply", "pin_hash"}),
)
