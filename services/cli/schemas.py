"""JSON Schemas of what we publish and of what partners send; committed under `deploy/schemas/`.

We are closed (`extra="forbid"`), the published schemas are open: a reader must tolerate members it
does not know. Dialect: JSON Schema 2020-12. They describe the event's data, not its attributes.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema

from events.intake import Contact, Part, Person, Vehicle
from events.registry import EVENTS
from services.cli.partner_answers import ANSWERED, PartnerEventAnswered
from services.cli.schema_gate import refuse_breaking
from services.hazards.structured import SafetyAnswers
from services.intake.domain.inbound import CALL_SHED, INCIDENT_REPORTED, REFERRAL_ANSWERED

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

Schema = dict[str, Any]
DEFINITIONS = "#/$defs/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SEALED: Schema = {
    "title": "Personal",
    "description": "A value about a person: base64 of nonce and AES-256-GCM ciphertext, under the"
    " key of its subject. Once that key is destroyed nobody can open it.",
    "type": "object",
    "properties": {
        "subject": {"type": "string"},
        "sealed": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["subject", "sealed"],
}


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
    return {
        name: _published(name, event) for name, event in EVENTS.items()
    } | schemas_for_partners()


def schemas_for_partners() -> dict[str, Schema]:
    """A schema of the data that partners send, and of that which they are answered."""
    incident = _published(INCIDENT_REPORTED, IncidentReported)
    incident["anyOf"] = [{"required": ["description"]}, {"required": ["type"]}]
    return {
        INCIDENT_REPORTED: incident,
        CALL_SHED: _published(CALL_SHED, CallShed),
        REFERRAL_ANSWERED: _published(REFERRAL_ANSWERED, ReferralAnswered),
        ANSWERED: _published(ANSWERED, PartnerEventAnswered),
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


def as_bytes(schema: Schema) -> bytes:
    """The schema as it is committed: sorted, indented, ending in a new line."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema, option=options)


class _Untitled(GenerateJsonSchema):
    """Without titles that only repeat the names of the members."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _published(name: str, model: type[BaseModel]) -> Schema:
    own = model.model_json_schema(mode="validation", schema_generator=_Untitled)
    definitions = own.pop("$defs", {}) | {"Personal": SEALED}
    published: Schema = _opened({"$schema": DIALECT, **own, "title": name})
    wanted, found = _references(published), dict[str, Schema]()
    while wanted:
        if (reference := wanted.pop()) not in found:
            found[reference] = _opened(definitions[reference])
            wanted += _references(found[reference])
    return published | ({"$defs": found} if found else {})


def _opened(node: Any) -> Any:
    """The schema, tolerant of members it does not name, its personal values sealed."""
    if isinstance(node, list):
        return [_opened(child) for child in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("$ref", "")).startswith(DEFINITIONS + "Personal_"):
        return {"$ref": DEFINITIONS + "Personal"}
    return {
        key: _opened(child)
        for key, child in node.items()
        if not (key == "additionalProperties" and child is False)
    }


def _references(node: Any) -> list[str]:
    """Names of the definitions that a schema points to."""
    if isinstance(node, list):
        return [name for child in node for name in _references(child)]
    if not isinstance(node, dict):
        return []
    here = [node["$ref"].removeprefix(DEFINITIONS)] if "$ref" in node else []
    return here + [name for child in node.values() for name in _references(child)]
