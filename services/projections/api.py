"""`/api/v1/views` and `/api/v1/audit`: what the views say, and the stored events themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import api_reader
from services.projections import health, queries
from services.projections.personal.viewing import view
from services.projections.totals import Totals
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, STAFF, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.ledger.app import ReadSide

Limit = Annotated[int, Query(ge=1, le=1000)]


def _json(body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), 200, headers, "application/json")


def router(read_side: ReadSide) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes, totals = APIRouter(prefix="/api/v1", tags=["views"]), Totals()

    @routes.get("/views/case-status")
    async def case_status(
        request: Request,
        report_number: str | None = None,
        limit: Limit = 100,
        cursor: str | None = None,
    ) -> Response:
        reader = api_reader(await require(read_side.pool, request, STAFF, now()))
        before = _cursor(cursor)
        async with read_side.pool.connection() as connection:
            items = await queries.case_status(
                connection, before=before, number=report_number, limit=limit
            )
            found = await queries.find(connection, report_number) if report_number else None
            ids = await queries.records(connection, *found) if found else []
        if ids and report_number:
            await view(read_side, reader, report_number, ids)
        elif items:
            await read_side.access.listed(
                reader, "case-status", {"limit": str(limit)}, cursor, len(items)
            )
        last = str(items[-1]["received_position"]) if len(items) == limit else None
        return _json({"items": items, "next_cursor": last}, _next_link(request, last))

    @routes.get("/views/workload")
    async def workload(request: Request, purpose: str = "live") -> Response:
        await require(read_side.pool, request, STAFF, now())
        async with read_side.pool.connection() as connection:
            items = await queries.workload(connection, purpose)
            counted = asdict(await totals.current(connection))
        counted_at = counted.pop("counted_at")
        shown = {"purpose": purpose, "items": items, "totals": counted}
        return _json(shown | {"totals_counted_at": counted_at})

    @routes.get("/audit/events")
    async def events(
        request: Request, after: Annotated[int, Query(ge=-1)] = -1, limit: Limit = 100
    ) -> Response:
        reader = api_reader(await require(read_side.pool, request, AUDIT_READERS, now()))
        # once a session and not once a page: a page a read would make events to page through
        await read_side.access.replayed(reader, "events")
        async with read_side.pool.connection() as connection:
            stored = await queries.events_after(connection, after, limit)
        items = b",".join(
            b'{"position":%d,"event":%s}' % (position, body) for position, body in stored
        )
        last = str(stored[-1][0]).encode() if stored else b"null"
        return Response(
            b'{"items":[' + items + b'],"last":' + last + b"}", media_type="application/json"
        )

    @routes.get("/status")
    async def status(request: Request) -> Response:
        await require(read_side.pool, request, STAFF, now())
        async with read_side.pool.connection() as connection:
            return _json(await health.report(connection))

    return routes


def _cursor(given: str | None) -> int | None:
    if given is None or given == "":
        return None
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        raise ProblemError(
            400, "cursor", "This cursor is not one of ours", "Use next_cursor as given."
        )
    return int(given)


def _next_link(request: Request, last: str | None) -> dict[str, str]:
    if last is None:
        return {}
    query = urlencode(dict(request.query_params) | {"cursor": last})
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
