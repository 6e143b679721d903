"""`/api/v1/audit/who-read`: who has read a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.audit.who_read import who_read_number
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

Number = Annotated[str, Query(min_length=1, max_length=40)]


def router(read_side: ReadSide) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])

    @routes.get("/who-read")
    async def readers(request: Request, number: Number) -> Response:
        await require(read_side.pool, request, AUDIT_READERS, now())
        async with read_side.pool.connection() as connection:
            found = await who_read_number(connection, read_side.keyring, number)
        if found is None:
            raise ProblemError(404, "no-such-record", "No report, call or case has this number")
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(found), 200, headers, "application/json")

    return routes
