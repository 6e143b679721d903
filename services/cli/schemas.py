"""JSON Schemas of what we publish and of what partners send; committed under `deploy/schemas/`.

We are closed (`extra="forbid"`), the published schemas are open: a reader must tolerate members it
does not know. Dialect: JSON Schema 2020-12. They describe the event's data, not its attributes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field

from events.intake import Contact, Part, Person, Vehicle
from events.registry import EVENTS
from services.hazards.structured import SafetyAnswers
from services.intake.domain.inbound import INCIDENT_REPORTED

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

Schema = dict[str, Any]
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
    """When it happened in the world; a time without offset is in the agency's zone."""

    start: datetime | None = Field(None, alias="from")
    end: datetime | None = Field(None, alias="to")


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


def schemas() -> dict[str, Schema]:
    """A schema of the data for each stored name of today, and for what partners send."""
    found = {name: _published(name, event) for name, event in EVENTS.items()}
    incident = _published(INCIDENT_REPORTED, IncidentReported)
    incident["anyOf"] = [{"required": ["description"]}, {"required": ["type"]}]
    return found | {INCIDENT_REPORTED: incident}


def write(directory: Path) -> list[Path]:
    """Write `<stored name>.json` for each schema; a schema of an older version is left alone."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in sorted(schemas().items()):
        path = directory / f"{name}.json"
        path.write_bytes(as_bytes(schema))
        written.append(path)
    return written


def as_bytes(schema: Schema) -> bytes:
    """The schema as it is committed: sorted, indented, ending in a new line."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema, option=options)


def _published(name: str, model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema(mode="validation")
    definitions = {
        key: SEALED if key.startswith("Personal_") else _opened(definition)
        for key, definition in schema.pop("$defs", {}).items()
    }
    published = _reachable({"$schema": DIALECT, **_opened(schema)}, definitions)
    return published | {"title": name}


def _opened(schema: Schema) -> Schema:
    """The schema, tolerant of members it does not name."""
    return {key: value for key, value in schema.items() if key != "additionalProperties"}


def _reachable(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """The schema with only those definitions that it still refers to, now that values are sealed."""
    wanted, found = [schema], dict[str, Schema]()
    while wanted:
        for name in _references(wanted.pop()):
            if name not in found:
                found[name] = definitions[name]
                wanted.append(definitions[name])
    return schema | ({"$defs": found} if found else {})


def _references(node: object) -> list[str]:
    """Names of the definitions that `node` points to."""
    if isinstance(node, list):
        return [name for child in node for name in _references(child)]
    if not isinstance(node, dict):
        return []
    here = [str(node["$ref"]).removeprefix("#/$defs/")] if "$ref" in node else []
    return here + [name for child in node.values() for name in _references(child)]
