"""The messages of the AsyncAPI document: each type in both CloudEvents modes, and an answer."""

from __future__ import annotations

from typing import Any

from events.schema import DEFINITIONS, Schema
from services.intake.contract.partner_answers import ANSWERED
from services.intake.contract.partner_schemas import schemas_for_partners
from services.intake.domain.inbound import (
    CALL_SHED,
    INCIDENT_REPORTED,
    PURPOSES,
    REFERRAL_ANSWERED,
)

ANSWER = "eventAnswered"
KINDS = {
    "incident": INCIDENT_REPORTED,
    "callShed": CALL_SHED,
    "referralAnswered": REFERRAL_ANSWERED,
}
MODES = ("Structured", "Binary")
INBOUND = tuple(kind + mode for kind in KINDS for mode in MODES)
TITLES = {
    "incident": "An incident",
    "callShed": "A call that a 9-1-1 centre passes on",
    "referralAnswered": "An answer to a referral",
}
LONGEST = 500
COMPONENTS = "#/components/schemas/"
COMPONENT_NAMES = {
    INCIDENT_REPORTED: "IncidentReported",
    CALL_SHED: "CallShed",
    REFERRAL_ANSWERED: "ReferralAnswered",
    ANSWERED: "EventAnswered",
}
JSON_TYPE, EVENT_TYPE = "application/json", "application/cloudevents+json"

ATTRIBUTES: dict[str, Schema] = {
    "specversion": {"const": "1.0"},
    "id": {"description": "The event's identity, the partner's own: the same on every repeat."},
    "source": {
        "description": "/partners/<partner>, or a path below it.",
        "pattern": "^/partners/[^/]+(/.*)?$",
    },
    "time": {"format": "date-time", "description": "With a zone."},
    "purpose": {
        "enum": list(PURPOSES),
        "default": "live",
        "description": "Extension: import for past matters, exercise for drills.",
    },
}
NEEDED = ("specversion", "id", "source", "type")
KEY = "Any; records of one matter should share one."
INCIDENT = {
    "type": "noise",
    "description": "Loud music from the house on the corner",
    "occurred": {"from": "2026-03-01T02:15:30-05:00"},
    "location": {"text": "12 Main St", "latitude": 37.3771, "longitude": -77.505},
    "safety": {"happening_now": "yes", "weapon": "no", "injury": "no"},
}
SENT = {
    "specversion": "1.0",
    "id": "2026-004711",
    "source": "/partners/slopd",
    "type": INCIDENT_REPORTED,
    "time": "2026-03-01T07:20:00Z",
    "purpose": "live",
}
SHED = INCIDENT | {
    "call": {
        "called_at": "2026-03-01T02:11:09-05:00",
        "number": "E-26-118203",
        "reason": "overload",
    },
    "contact": {"name": "A. Person", "phone": "804-555-0100"},
}
REFERRAL_ANSWER = {
    "report_number": "618-033-991",
    "answer": "in-progress",
    "number": "WO-17",
    "expected_on": "2026-03-15",
    "words": "A crew comes on Sunday.",
}
EXAMPLES = {"incident": INCIDENT, "callShed": SHED, "referralAnswered": REFERRAL_ANSWER}
ACCEPTED = {
    "id": "2026-004711",
    "status": "accepted",
    "report_number": "618-033-991",
    "revision": 1,
    "purpose": "live",
    "warnings": [],
    "emergency": {"outcome": "none", "instruction": "Nobody has been sent. …"},
}
REJECTED = {
    "dead_letter": "5b0c1a52-60a5-5d6c-8a35-0a8f5a0f3c11",
    "status": "rejected",
    "reason": "neither description nor type",
    "partition": 3,
    "offset": 1207,
    "id": "2026-004712",
    "emergency": {"outcome": "confirm", "instruction": "Nobody has been sent. …"},
}


def messages() -> dict[str, Any]:
    """The messages by name."""
    inbound = {
        kind + mode: _structured(kind) if mode == "Structured" else _binary(kind)
        for kind in KINDS
        for mode in MODES
    }
    return inbound | {ANSWER: _answer()}


def schemas() -> dict[str, Schema]:
    """The data of events and answers and all they refer to, for the document's components."""
    found: dict[str, Schema] = {}
    for name, schema in schemas_for_partners().items():
        parts = schema.pop("$defs", {}) | {COMPONENT_NAMES[name]: schema}
        schema.pop("$schema")
        found |= {each: _relocated(part) for each, part in parts.items()}
    return found


def _attributes(kind: str) -> dict[str, Schema]:
    return ATTRIBUTES | {"type": {"const": KINDS[kind]}}


def _sent(kind: str) -> dict[str, str]:
    return SENT | {"type": KINDS[kind]}


def _structured(kind: str) -> dict[str, Any]:
    return {
        "name": f"{kind}Structured",
        "title": f"{TITLES[kind]}, structured mode",
        "contentType": EVENT_TYPE,
        "headers": _headers({"content-type": {"pattern": "^application/cloudevents"}}),
        "payload": _event(_attributes(kind), COMPONENT_NAMES[KINDS[kind]]),
        "bindings": _key(KEY),
        "examples": [
            {
                "name": "structured",
                "headers": {"content-type": EVENT_TYPE},
                "payload": _sent(kind) | {"datacontenttype": JSON_TYPE, "data": EXAMPLES[kind]},
            }
        ],
    }


def _binary(kind: str) -> dict[str, Any]:
    attributes = {f"ce_{name}": schema for name, schema in _attributes(kind).items()}
    return {
        "name": f"{kind}Binary",
        "title": f"{TITLES[kind]}, binary mode",
        "contentType": JSON_TYPE,
        "headers": _headers(
            attributes | {"content-type": {"description": "Not application/cloudevents…"}},
            *(f"ce_{name}" for name in NEEDED),
        ),
        "payload": {"$ref": f"{COMPONENTS}{COMPONENT_NAMES[KINDS[kind]]}"},
        "bindings": _key(KEY),
        "examples": [
            {
                "name": "binary",
                "headers": {f"ce_{name}": value for name, value in _sent(kind).items()}
                | {"content-type": JSON_TYPE},
                "payload": EXAMPLES[kind],
            }
        ],
    }


def _answer() -> dict[str, Any]:
    attributes = {
        "specversion": {"const": "1.0"},
        "id": {"format": "uuid"},
        "source": {"const": "/blotter/intake"},
        "type": {"const": ANSWERED},
        "time": {"format": "date-time"},
    }
    sent = {
        "specversion": "1.0",
        "id": "c3f0a9d4-2b6e-5e7a-a1b2-4d5e6f708944",
        "source": "/blotter/intake",
        "type": ANSWERED,
        "time": "2026-03-01T07:20:01.000000Z",
        "datacontenttype": JSON_TYPE,
    }
    return {
        "name": ANSWER,
        "title": "What became of an event",
        "contentType": EVENT_TYPE,
        "headers": _headers({"content-type": {"const": EVENT_TYPE}, "number": {}}),
        "payload": _event(attributes, "EventAnswered"),
        "bindings": _key("The partner's id of the event; for what has none, the dead letter's."),
        "examples": [
            {
                "name": data["status"],
                "headers": {"content-type": EVENT_TYPE},
                "payload": sent | {"data": data},
            }
            for data in (ACCEPTED, REJECTED)
        ],
    }


def _event(attributes: dict[str, Schema], data: str) -> Schema:
    """A structured CloudEvent around `data`; open, as every schema we publish."""
    own = {name: _text(schema) for name, schema in attributes.items()}
    own["datacontenttype"] = {"const": JSON_TYPE}
    own["data"] = {"$ref": COMPONENTS + data}
    return {"type": "object", "properties": own, "required": [*NEEDED, "data"]}


def _headers(headers: dict[str, Schema], *needed: str) -> Schema:
    return {
        "type": "object",
        "properties": {name: _text(schema) for name, schema in headers.items()},
        "required": ["content-type", *needed],
    }


def _text(schema: Schema) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": LONGEST} | schema


def _key(description: str) -> dict[str, Any]:
    key = {"type": "string", "description": description}
    return {"kafka": {"key": key, "bindingVersion": "0.5.0"}}


def _relocated(node: Any) -> Any:
    """The schema with its references pointing into the document's components."""
    if isinstance(node, list):
        return [_relocated(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        key: COMPONENTS + child.removeprefix(DEFINITIONS) if key == "$ref" else _relocated(child)
        for key, child in node.items()
    }
