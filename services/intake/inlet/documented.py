"""OpenAPI details of the partner routes: media types, examples, and every answer."""

from __future__ import annotations

from typing import Any, Literal

from fastapi.security import HTTPBearer

from events.partner_http import BATCH, EVENT_JSON
from services.runtime.problems import MEDIA_TYPE

Purpose = Literal["live", "import", "exercise"]
NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 500,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
}
EVENT: dict[str, Any] = {
    "type": "object",
    "description": "A CloudEvent 1.0. `purpose` exercise tries without effect.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": NAME,
        "source": NAME,
        "type": NAME,
        "time": {"type": "string", "format": "date-time"},
        "purpose": {"enum": ["live", "import", "exercise"]},
        "data": {"type": "object"},
    },
}
ANYTHING: dict[str, Any] = {
    "description": "An event as above. One that cannot be used is told so in the receipt: it does"
    " not keep the others out."
}
EXAMPLE = {
    "specversion": "1.0",
    "id": "2026-004711",
    "source": "/partners/NAME",
    "type": "partner.incident-reported.v1",
    "purpose": "exercise",
    "data": {"type": "noise", "description": "Loud music"},
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "emergency": {"type": "object"},
    },
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["accepted", "rejected"]},
        "report_number": {"type": "string"},
        "revision": {"type": "integer"},
        "repeated": {"type": "boolean"},
        "reason": {"type": "string"},
    },
}
RECEIPT: dict[str, Any] = {
    "type": "object",
    "required": ["receipt", "received_at", "sha256", "events", "emergency"],
    "properties": {
        "receipt": {"type": "string", "format": "uuid"},
        "received_at": {"type": "string"},
        "sha256": {"type": "string"},
        "events": {"type": "array", "items": ANSWER},
        "emergency": {"type": "object"},
    },
}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


UNAUTHENTICATED = _problem("No partner has this token")
UNAVAILABLE = _problem("Nothing can be stored at the moment: send it again")
TOKEN = HTTPBearer(scheme_name="partner", description="A partner's token", auto_error=False)
"""Documents the sign-in in OpenAPI only; a missing token is refused together with the emergency."""
ASK = "ask_what_became_of_an_event"
ASKED_LATER: dict[str, Any] = {
    "what became of it": {
        "operationId": ASK,
        "parameters": {
            "id": "$response.body#/events/0/id",
            "purpose": "$response.body#/events/0/purpose",
        },
    }
}
SENDING: dict[str, Any] = {
    "summary": "Send events: structured, a batch, or binary",
    "description": "In binary mode the body is the data as application/json, and the attributes are"
    " headers that begin with ce-. OpenAPI has no words for headers that go with one media type.",
    "responses": {
        202: _json("Committed; what became of each event", RECEIPT) | {"links": ASKED_LATER},
        400: _problem("No CloudEvent, or a batch that cannot be read. Nothing was kept"),
        401: UNAUTHENTICATED,
        403: _problem("The token is for exercises only. Nothing was kept"),
        408: _problem("The body did not arrive whole"),
        413: _problem("The body is too large. Nothing was kept"),
        415: _problem("Neither JSON nor CloudEvents in JSON"),
        422: _problem("An empty batch, or too large a one. Nothing was kept"),
        503: UNAVAILABLE,
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                EVENT_JSON: {"schema": EVENT, "example": EXAMPLE},
                f"{BATCH}+json": {
                    "schema": {"type": "array", "minItems": 1, "maxItems": 500, "items": ANYTHING}
                },
            },
        }
    },
}
ASKING: dict[str, Any] = {
    "summary": "What became of the events sent under an id",
    "responses": {
        200: _json("What became of each content", ANSWER),
        401: UNAUTHENTICATED,
        404: _problem("Nothing came from you under this id"),
        422: _problem("The request is not valid"),
        503: UNAVAILABLE,
    },
}
