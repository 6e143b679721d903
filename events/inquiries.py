"""What people ask and what they are told: events of intake, on `blotter.reports`.

Streams `inquiry-<id>`, one question each, and `answer-<name>`, one answer each through all its
editions. What somebody asked is personal; a published answer is public from the start.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from events.envelope import Event
from events.intake import Channel, EmergencyAssessment, Part
from events.personal import Personal

LeftOpen = Literal["nothing-found", "not-helpful", "in-doubt"]


class AnswerShown(Part):
    """An answer as it was shown: which edition of it, in which language."""

    answer: str
    edition: int
    language: str


class Wording(Part):
    """An answer in one language."""

    title: str
    text: str
    keywords: tuple[str, ...] = ()


class InquiryReceived(Event):
    """Somebody asked something. An emergency among them is filed as a report, and named here."""

    inquiry_number: str
    channel: Channel
    language: str
    emergency: EmergencyAssessment
    report_number: str | None = None
    question: Personal[str]


class InquiryAnswered(Event):
    """The search found these answers, and they were shown, the likeliest first."""

    shown: tuple[AnswerShown, ...]


class InquiryLeftOpen(Event):
    """No answer helped: a person has to write one. The asker got a PIN to come back with."""

    why: LeftOpen
    pin_hash: Personal[str]


class InquiryReplied(Event):
    """A member of staff answered the asker: in own words, with published answers, or both."""

    shown: tuple[AnswerShown, ...] = ()
    reply: Personal[str] | None = None


class AnswerPublished(Event):
    """An answer holds from `since` on, until the day before `until` if there is one.

    `edition` counts the texts that were published of this answer. `origin` is the SHA-256 of an
    answer that came from the agency's profile; staff's own have none.
    """

    answer: str
    edition: int
    subject: str
    since: date
    until: date | None = None
    source: str | None = None
    origin: str | None = None
    wordings: dict[str, Wording]
    """By language."""


class AnswerRevised(Event):
    """The next edition: it takes the earlier one's place from its own `since` on."""

    answer: str
    edition: int
    subject: str
    since: date
    until: date | None = None
    source: str | None = None
    origin: str | None = None
    wordings: dict[str, Wording]


class AnswerRetired(Event):
    """No edition up to this one holds from `on` onwards."""

    answer: str
    edition: int
    on: date
    left_profile: bool = False
    """Whether the agency's profile has it no more; else staff withdrew it."""


InquiryEvent = InquiryReceived | InquiryAnswered | InquiryLeftOpen | InquiryReplied
AnswerEvent = AnswerPublished | AnswerRevised | AnswerRetired
