"""What OpenAPI says of the partner routes: media types, examples, and every answer."""

from __future__ import annotations

from typing import Any, Literal

from events.partner_http import BATCH, EVENT_JSON
from services.runtime.problems import MEDIA_TYPE

Purpose = Literal["live", "import", "exercise"]
EVENT: dict[str, Any] = {
    "type": "object",
    "description": "A CloudEvent 1.0. `purpose` exercise tries without effect.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 500},
        "source": {"type": "string", "minLength": 1, "maxLength": 500},
        "type": {"type": "string", "minLength": 1, "maxLength": 500},
        "time": {"type": "string", "format": "date-time"},
        "purpose": {"enum": ["live", "import", "exercise"]},
        "data": {"type": "object"},
    },
}
EXAMPLE = {
    "specversion": "1.0", "id": "2026-004711", "source": "/partners/NAME",
    "type": "partner.incident-reported.v1", "purpose": "exercise",
    "data": {"type": "noise", "description": "Loud music"},
}  # fmt: skip
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "emergency": {"type": "object"},
    },
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "id": {"type": "string"}, "status": {"enum": ["accepted", "rejected"]},
        "report_number": {"type": "string"}, "revision": {"type": "integer"},
        "repeated": {"type": "boolean"}, "reason": {"type": "string"},
    },
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "type": "object",
    "required": ["receipt", "received_at", "sha256", "events", "emergency"],
    "properties": {
        "receipt": {"type": "string", "format": "uuid"}, "received_at": {"type": "string"},
        "sha256": {"type": "string"}, "events": {"type": "array", "items": ANSWER},
        "emergency": {"type": "object"},
    },
}  # fmt: skip


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


UNAUTHENTICATED = _problem("No partner has this token")
UNAVAILABLE = _problem("Nothing can be stored at the moment: send it again")
BEARER: dict[str, Any] = {"security": [{"partner": []}]}
SENDING: dict[str, Any] = {
    "summary": "Send events: binary, structured, or a batch",
    "responses": {
        202: _json("Committed; what became of each event", RECEIPT),
        400: _problem("No CloudEvent, or a batch that cannot be read. Nothing was kept"),
        401: UNAUTHENTICATED,
        403: _problem("The token is for exercises only. Nothing was kept"),
        408: _problem("The body did not arrive whole"),
        413: _problem("The body is too large. Nothing was kept"),
        415: _problem("Neither JSON nor CloudEvents in JSON"),
        422: _problem("An empty batch, or too large a one. Nothing was kept"),
        503: UNAVAILABLE,
    },
    "openapi_extra": BEARER | {
        "requestBody": {
            "required": True,
            "content": {
                EVENT_JSON: {"schema": EVENT, "example": EXAMPLE},
                f"{BATCH}+json": {
                    "schema": {"type": "array", "minItems": 1, "maxItems": 500, "items": EVENT}
                },
                "application/json": {"schema": {"type": "object"}},
            },
        }
    },
}  # fmt: skip
ASKING: dict[str, Any] = {
    "summary": "What became of the events sent under an id",
    "responses": {
        200: _json("What became of each content", ANSWER),
        401: UNAUTHENTICATED,
        404: _problem("Nothing came from you under this id"),
        422: _problem("The request is not valid"),
        503: UNAVAILABLE,
    },
    "openapi_extra": BEARER,
}
