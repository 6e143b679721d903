"""`/api/v1/telephone`: signed events of a telephone system, and the expected wait for everybody."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from services.intake.api import read_body
from services.intake.handlers import Intake
from services.intake.telephone.calls import CallEvent, record_event, waits
from services.intake.telephone.systems import secret_of
from services.intake.webhook_signature import is_genuine
from services.runtime.clock import now
from services.runtime.problems import ProblemError

REFUSED = ProblemError(
    401,
    "signature",
    "The signature does not fit",
    "Blotter-Signature: v1= and the HMAC-SHA256 of Blotter-Timestamp, a dot and the body, at most"
    " five minutes old.",
)


def router(intake: Intake) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/telephone", tags=["telephone"])

    @routes.post("/{system}/events")
    async def take_event(request: Request, system: str) -> Response:
        raw, trouble = await read_body(request)
        async with intake.pool.connection() as connection:
            secret = await secret_of(connection, intake.keyring, system)
        timestamp = request.headers.get("blotter-timestamp", "")
        signature = request.headers.get("blotter-signature", "")
        if trouble or not is_genuine(secret, timestamp, signature, raw, now()):
            raise REFUSED
        event = _read(raw)
        async with intake.pool.connection() as connection, connection.transaction():
            draft = await record_event(intake, connection, system, event, now())
        return Response(orjson.dumps({"opened": draft is not None}), media_type="application/json")

    @routes.get("/wait")
    async def expected_wait() -> Response:
        async with intake.pool.connection() as connection:
            found = await waits(connection, now())
        body = found | {"online": "/", "emergency": intake.profile.emergency.number}
        return Response(orjson.dumps(body), media_type="application/json")

    return routes


def _read(raw: bytes) -> CallEvent:
    try:
        return CallEvent.model_validate_json(raw)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) or "body" for each in error.errors())
        raise ProblemError(
            422, "call-event", "This is no event of a call", f"Wrong or missing: {fields}."
        ) from None
