"""`/console/triage`: the bundle in force, those before it, rehearsals with what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.reveal import page_reader
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, identify, require
from services.triage.bundle_overview import differences_page, overview, viewer_variables

if TYPE_CHECKING:
    from services.runtime.pages import Pages
    from services.triage.bundle_overview import Rehearsals


def router(rehearsals: Rehearsals, pages: Pages) -> APIRouter:
    """The routes: whoever audits may look."""
    routes = APIRouter(
        prefix="/console/triage", tags=["console"], default_response_class=HTMLResponse
    )
    pool = rehearsals.pool

    @routes.get("")
    async def show(request: Request) -> Response:
        if await identify(pool, request, now()) is None:
            return RedirectResponse("/console/sign-in", 303)
        identity = await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await overview(rehearsals.rehearsing, connection)
        return pages.page("triage.html", identity=identity, **viewer_variables(identity), **found)

    @routes.get("/{run_id}")
    async def one(
        request: Request, run_id: UUID, after: Annotated[int, Query(ge=0, le=10**9)] = 0
    ) -> Response:
        identity = await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await differences_page(rehearsals.rehearsing, connection, run_id, after)
        reader = page_reader(identity)
        listed = len(found["differences"])
        await rehearsals.access.listed(
            reader, "triage-rehearsal", {"run": str(run_id)}, str(after), listed
        )
        return pages.page("triage_run.html", identity=identity, **found)

    return routes
