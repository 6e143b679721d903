"""`POST /api/v1/search`: a body and not an address, since addresses end up in logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.access.reader import api_reader
from services.projections.search.identifiers import Kind, identifier
from services.projections.search.index import find
from services.runtime.clock import now
from services.runtime.identity import CASE_WORKERS, Role, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

SEARCHERS = CASE_WORKERS | {Role.DISPATCHER}
MOST = 200


class Wanted(BaseModel):
    """What to search by."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    value: Annotated[str, Field(min_length=1, max_length=320)]


def router(read_side: ReadSide) -> APIRouter:
    """The route, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1", tags=["search"])

    @routes.post("/search")
    async def search(request: Request, wanted: Wanted) -> Response:
        reader = api_reader(await require(read_side.pool, request, SEARCHERS, now()))
        found = identifier(wanted.kind, wanted.value)
        if found is None:
            raise ProblemError(
                422,
                "identifier",
                f"This is no {wanted.kind} one can search by",
                "Phone: ten digits, or + and a country's code. Plate: 2 to 10 letters, digits."
                " Place: a house number and a street.",
            )
        async with read_side.pool.connection() as connection:
            numbers, complete = await find(connection, read_side.keyring, found, MOST)
        await read_side.access.searched(reader, wanted.kind, len(numbers))
        body = {"kind": wanted.kind, "report_numbers": numbers, "complete": complete}
        return Response(orjson.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")

    return routes
