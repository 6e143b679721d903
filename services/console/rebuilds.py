"""`/console/rebuilds`: every view, its rebuild as it goes, and the buttons for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.console.reveal import page_reader
from services.projections.rebuilds.api import OPERATORS, or_problem, perform
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.progress import parked_rows, progress
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, Identity, check_csrf, identify, require

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.runtime.pages import Pages

EVERY_SECONDS = 1.0


def router(read_side: ReadSide, pages: Pages) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(
        prefix="/console/rebuilds", tags=["console"], default_response_class=HTMLResponse
    )
    pool = read_side.pool

    async def render(identity: Identity) -> str:
        async with pool.connection() as connection:
            return pages.fragment(
                "rebuilds_fragment.html",
                identity=identity,
                operates=identity.role in OPERATORS,
                views=await progress(connection),
                parked=await parked_rows(connection),
                moment=now(),
            )

    @routes.get("")
    async def show(request: Request) -> Response:
        if await identify(pool, request, now()) is None:
            return RedirectResponse("/console/sign-in", 303)
        identity = await require(pool, request, AUDIT_READERS, now())
        return pages.page("rebuilds.html", identity=identity, board=await render(identity))

    async def auditor(request: Request) -> Identity:
        # Before the stream begins: within it the answer would have its status already.
        return await require(pool, request, AUDIT_READERS, now())

    @routes.get("/live", response_class=EventSourceResponse)
    async def live(
        identity: Identity = Depends(auditor),  # noqa: B008 - read by FastAPI
    ) -> AsyncIterator[ServerSentEvent]:
        while True:
            yield ServerSentEvent(raw_data=await render(identity), event="board", retry=1000)
            await asyncio.sleep(EVERY_SECONDS)

    @routes.get("/{view}/comparison")
    async def comparison(request: Request, view: str) -> Response:
        identity = await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await or_problem(compare, connection, view)
        return pages.page("comparison.html", identity=identity, found=found)

    @routes.post("/{view}/{verb}")
    async def command(
        request: Request, view: str, verb: str, csrf: str = Form(""), at_once: str = Form("")
    ) -> Response:
        identity = await require(pool, request, OPERATORS, now())
        check_csrf(identity, csrf)
        reader = page_reader(identity)
        await perform(read_side, view, verb, reader, switch_when_built=at_once == "yes")
        return RedirectResponse("/console/rebuilds", 303)

    return routes
