"""What records officers read: certificates, disposals that are due, requests, redacted exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.access.reader import api_reader
from services.audit.records_requests.certificate import Issuer, certificate
from services.audit.records_requests.due import due
from services.audit.records_requests.export import export
from services.audit.records_requests.requests import listed, reports_of
from services.projections import queries
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, REVIEWERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.retention import Retention
    from services.ledger.app import ReadSide

Limit = Annotated[int, Query(ge=1, le=10_000)]
EXPORT = "public-records"
PENDING_SQL = """
select report_number, pending as request_id, pending_basis as basis, requested_by, requested_at
from personal_data where pending is not null order by requested_at limit %s
"""


def router(read_side: ReadSide, retention: Retention) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/api/v1", tags=["records"])
    pool, zone = read_side.pool, read_side.profile.zone
    issuer = Issuer(read_side.profile.name, zone, retention)

    @routes.get("/audit/certificates/{request_id}")
    async def destruction(request: Request, request_id: UUID) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await certificate(connection, issuer, request_id)
        if found is None:
            raise ProblemError(
                404,
                "no-certificate",
                "Nothing was destroyed on this request",
                "Just approved? The certificate is there once the ledger has the event.",
            )
        return _json(found)

    @routes.get("/erasures")
    async def erasures(request: Request, limit: Limit = 100) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            return _json({"items": await queries.rows(connection, PENDING_SQL, [limit])})

    @routes.get("/retention/due")
    async def disposals(request: Request, limit: Limit = 1000) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        today = now().astimezone(zone).date()
        async with pool.connection() as connection:
            items = await due(connection, retention, zone, today, limit)
        return _json({"day": today, "items": items})

    @routes.get("/records-requests")
    async def requests(request: Request, limit: Limit = 100) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        today = now().astimezone(zone).date()
        async with pool.connection() as connection:
            return _json({"day": today, "items": await listed(connection, today, limit)})

    @routes.get("/records-requests/{number}/export")
    async def redacted(
        request: Request, number: str, through: Annotated[int | None, Query(ge=0)] = None
    ) -> Response:
        reader = api_reader(await require(pool, request, REVIEWERS, now()))
        today = now().astimezone(zone).date()
        async with pool.connection() as connection:
            asked = await reports_of(connection, number)
            if asked is None:
                raise ProblemError(404, "no-such-request", "No request has this number")
            head = await queries.head(connection)
            position = head if through is None else min(through, head)
            made = await export(connection, retention, asked, today, position)
            records = await queries.ids_of(connection, asked)
        await read_side.access.exported(reader, EXPORT, records, digest=made.digest)
        headers = {
            "Blotter-Through": str(made.through),
            "Blotter-Digest": made.digest,
            "Blotter-Redactions": orjson.dumps(made.redactions).decode(),
        }
        return Response(made.content, 200, headers, "application/json")

    return routes


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")
