"""Events owned by intake, on `blotter.reports`, stream `report-<id>`."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from events.envelope import Event
from events.moment import Moment
from events.personal import Personal

Answer = Literal["yes", "no", "unsure"]
Outcome = Literal["none", "confirm", "divert"]
Channel = Literal["web", "api", "partner"]
ReferralAnswer = Literal["accepted", "declined", "in-progress", "completed"]


class Part(BaseModel):
    """A piece of an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Part):
    """Somebody seen or involved, as described by the reporting party."""

    role: str | None = None
    description: str | None = None


class Vehicle(Part):
    """A vehicle as described by the reporting party."""

    plate: str | None = None
    make: str | None = None
    model: str | None = None
    colour: str | None = None


class Statement(Part):
    """The written statement and everything in it that could point to a person."""

    description: str | None = None
    location_text: str | None = None
    people: tuple[Person, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    answers: dict[str, str] = {}
    """What was asked about this type of report, by the question's id in the agency's profile."""
    kept_as_given: dict[str, JsonValue] = {}
    """Facts that could not be used (absurd dates, unknown fields), exactly as they came."""


class Contact(Part):
    """How to reach the reporting party, and whether that is safe."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    safe_to_contact: bool | None = None


class EmergencyAssessment(Part):
    """What the hazard rules said of the answers, and which rules said it."""

    outcome: Outcome
    rules: tuple[str, ...]
    rules_version: str


class PartnerReference(Part):
    """Where a partner's report came from: the partner, and its own id of the matter."""

    partner: str
    external_id: str


class ShedCall(Part):
    """A call that a 9-1-1 centre took and passed on: when it rang there, its number there, why."""

    called_at: Moment | None = None
    number: str | None = None
    reason: str | None = None


class ReportSubmitted(Event):
    """Somebody reported something. Coordinates are WGS 84 degrees; times are world times."""

    report_number: str
    channel: Channel
    medium: str | None = None
    """What it was said by, where the channel does not tell: `sms`, `email`."""
    partner: PartnerReference | None = None
    shed_call: ShedCall | None = None
    type: str | None = None
    occurred_from: Moment | None = None
    occurred_to: Moment | None = None
    latitude: float | None = None
    longitude: float | None = None
    people_described: int = 0
    vehicles_described: int = 0
    safety: dict[str, Answer] = {}
    emergency: EmergencyAssessment
    warnings: tuple[str, ...] = ()
    language: str | None = None
    """The language in which the reporting party was asked."""
    attested: bool | None = None
    """Whether they confirmed the statement about false reports; None: they were not asked."""
    statement: Personal[Statement]
    contact: Personal[Contact] | None = None
    pin_hash: Personal[str] | None = None


class ReportSupplemented(Event):
    """The facts of a report as they are told now; what was told before stays in its own event.

    `revision` counts what one partner's event said, 1 being the report itself.
    """

    report_number: str
    channel: Channel
    medium: str | None = None
    """What it was said by, where the channel does not tell: `sms`, `email`."""
    partner: PartnerReference | None = None
    revision: int | None = None
    shed_call: ShedCall | None = None
    type: str | None = None
    occurred_from: Moment | None = None
    occurred_to: Moment | None = None
    latitude: float | None = None
    longitude: float | None = None
    people_described: int = 0
    vehicles_described: int = 0
    safety: dict[str, Answer] = {}
    emergency: EmergencyAssessment
    warnings: tuple[str, ...] = ()
    language: str | None = None
    """The language in which the reporting party was asked."""
    corrects: bool = False
    """Whether it was told to put right what was told before, rather than to add to it."""
    statement: Personal[Statement]
    contact: Personal[Contact] | None = None


class ReportWithdrawn(Event):
    """The reporting party takes the report back. Nothing stops by that: a person decides."""

    report_number: str
    channel: Channel


class ContactRulesStated(Event):
    """Which ways of reaching the reporting party are safe; what is not said is not safe.

    In the clear, so that nobody has to open the telephone number first to learn not to use it.
    `hours_from` and `hours_to` are times of day (`HH:MM`) at the agency; one without the other is
    never stated.
    """

    report_number: str
    channel: Channel
    call: Answer
    leave_message: Answer
    write: Answer
    hours_from: str | None = None
    hours_to: str | None = None


class AttachedFile(Part):
    """What a file is called and which content it has: a known picture's digest may name somebody.

    `sha256` is of the content as it came, in hexadecimal.
    """

    name: str
    sha256: str


class AttachmentAdded(Event):
    """A file joined the report; its content is kept apart, under the report's key.

    `stored_sha256` is of the content as it is stored, encrypted: whoever has no key can still see
    that nothing was changed.
    """

    report_number: str
    channel: Channel
    attachment_id: UUID
    media_type: str
    size: int
    stored_sha256: str
    file: Personal[AttachedFile]


class ReferralAnswerReceived(Event):
    """Another organisation says what it does about a matter that was referred to it."""

    report_number: str
    partner: PartnerReference
    answer: ReferralAnswer
    number: str | None = None
    """The organisation's own number of the matter."""
    answered_at: Moment | None = None
    expected_on: date | None = None
    warnings: tuple[str, ...] = ()
    words: Personal[str] | None = None
