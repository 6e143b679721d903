"""JSON Schemas of what partners send and are answered; committed under `deploy/schemas/`.

They describe the event's data, not its attributes. How they are written: `events/schema.py`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from events.intake import Contact, Part, Person, Vehicle
from events.schema import published
from services.hazards.structured import SafetyAnswers
from services.intake.contract.partner_answers import ANSWERED, PartnerEventAnswered
from services.intake.domain.inbound import CALL_SHED, INCIDENT_REPORTED, REFERRAL_ANSWERED

if TYPE_CHECKING:
    from events.schema import Schema


class Occurred(Part):
    """When it happened in the world, RFC 3339; without an offset, in the agency's time zone."""

    start: str | None = Field(None, alias="from")
    end: str | None = Field(None, alias="to")


class Location(Part):
    """Where it happened. Coordinates are WGS 84 degrees, of use only together."""

    text: str | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


class IncidentReported(Part):
    """A matter a partner tells us of. At least a description or a type; all else may be missing.

    `type` is best an id of our catalogue; any other word is kept as given. A fact that breaks this
    schema does not cost the report: it is kept as given, with a warning.
    """

    type: str | None = Field(None, max_length=100)
    description: str | None = None
    occurred: Occurred | None = None
    location: Location | None = None
    people: tuple[Person, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    contact: Contact | None = None
    safety: SafetyAnswers | None = None


class Call(Part):
    """The call as the 9-1-1 centre has it. `called_at` is when it rang there, RFC 3339."""

    called_at: str
    number: str | None = Field(None, max_length=100)
    reason: Literal["not-an-emergency", "overload", "other-jurisdiction", "other"] | None = None


class CallShed(IncidentReported):
    """A call that a 9-1-1 centre took and passes on; the caller has hung up or waits for us.

    The call keeps the time at which it rang, and is assessed for hazards before all else. If the
    answer says `divert`, nobody has been sent: the centre has to send somebody.
    """

    call: Call


class ReferralAnswered(Part):
    """What you do about a matter that the agency referred to you, by the number it gave you."""

    report_number: str
    answer: Literal["accepted", "declined", "in-progress", "completed"]
    number: str | None = Field(None, max_length=100)
    expected_on: date | None = None
    words: str | None = Field(None, max_length=10_000)


def schemas_for_partners() -> dict[str, Schema]:
    """A schema of the data that partners send, and of that which they are answered."""
    incident = published(INCIDENT_REPORTED, IncidentReported)
    incident["anyOf"] = [{"required": ["description"]}, {"required": ["type"]}]
    return {
        INCIDENT_REPORTED: incident,
        CALL_SHED: published(CALL_SHED, CallShed),
        REFERRAL_ANSWERED: published(REFERRAL_ANSWERED, ReferralAnswered),
        ANSWERED: published(ANSWERED, PartnerEventAnswered),
    }
