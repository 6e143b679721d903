"""`/api/v1`: a record's personal values, masked or revealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from events.personal import personal_fields
from services.access.reader import api_reader
from services.projections.personal.record import Record, load
from services.projections.personal.revealing import LONGEST_EXPLANATION, RevealRequest, reveal
from services.projections.personal.viewing import view, visible_fields
from services.projections.personal.visibility import NEVER
from services.projections.personal.visible_fields import VisibleFields
from services.runtime.clock import now
from services.runtime.identity import STAFF, check_csrf, require

if TYPE_CHECKING:
    from services.ledger.app import ReadSide


class RevealBody(BaseModel):
    """Which fields to open, and why."""

    model_config = ConfigDict(extra="forbid")

    fields: Annotated[list[str], Field(min_length=1, max_length=20)]
    reason: str
    explanation: Annotated[str, Field(max_length=LONGEST_EXPLANATION)] = ""


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1", tags=["personal data"])

    @routes.get("/reports/{number}/personal")
    async def personal(request: Request, number: str) -> Response:
        identity = await require(read_side.pool, request, STAFF, now())
        reader = api_reader(identity)
        async with read_side.pool.connection() as connection:
            record = await load(connection, read_side.keyring, number)
        await view(read_side, reader, number, record.ids)
        return _answer(record, await visible_fields(read_side, reader, identity.role, record))

    @routes.post("/reports/{number}/reveal")
    async def reveal_values(request: Request, number: str, body: RevealBody) -> Response:
        identity = await require(read_side.pool, request, STAFF, now())
        check_csrf(identity, request.headers.get("x-csrf-token"))
        reader = api_reader(identity)
        asked = RevealRequest(frozenset(body.fields), body.reason, body.explanation.strip())
        record = await reveal(read_side, reader, identity.role, number, asked, now())
        return _answer(record, await visible_fields(read_side, reader, identity.role, record))

    return routes


def _answer(record: Record, seen: VisibleFields) -> Response:
    values = [
        {
            "position": entry.position,
            "event_id": entry.envelope.event_id,
            "type": entry.envelope.type,
            "field": name,
            "revealed": seen.sees(name, entry.position),
            "value": seen.shown(name, entry.position, value),
        }
        for entry in record.entries
        for name, value in personal_fields(entry.envelope.data)
        if name not in NEVER
    ]
    reveals = [
        {
            "fields": each.fields,
            "until": each.until,
            "through_position": each.through_position,
            "reason": each.reason,
        }
        for each in seen.reveals
    ]
    return _json(
        {
            "number": record.number,
            "records": record.ids,
            "values": values,
            "reveals": reveals,
            "may_reveal": seen.open_to_ask(),
        }
    )


def _json(body: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), 200, headers, "application/json")
