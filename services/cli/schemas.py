"""JSON Schemas of what we publish and of what partners send; committed under `deploy/schemas/`.

They describe the event's data, not its attributes. How they are written: `events/schema.py`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from events.intake import Contact, Part, Person, Vehicle
from events.registry import EVENTS
from events.schema import as_bytes, published
from services.cli.partner_answers import ANSWERED, PartnerEventAnswered
from services.cli.schema_gate import refuse_breaking
from services.hazards.structured import SafetyAnswers
from services.intake.domain.inbound import CALL_SHED, INCIDENT_REPORTED, REFERRAL_ANSWERED

if TYPE_CHECKING:
    from pathlib import Path

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


def schemas() -> dict[str, Schema]:
    """A schema of the data for each stored name of today, and for what partners send."""
    return {name: published(name, event) for name, event in EVENTS.items()} | schemas_for_partners()


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


def write(directory: Path) -> list[Path]:
    """Write `<stored name>.json` for each schema; a schema of an older version is left alone.

    BreakingChangeError, and nothing written, when one would break what stands there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    generated = schemas()
    refuse_breaking(directory, generated)
    written = []
    for name, schema in sorted(generated.items()):
        path = directory / f"{name}.json"
        path.write_bytes(as_bytes(schema))
        written.append(path)
    return written
