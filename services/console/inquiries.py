"""`/console/inquiries` and `/console/answers`: what people ask, and what we tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.reveal import page_reader
from services.console.waiting import seen
from services.projections.inquiries import inquiry_queries
from services.projections.inquiries.opening import open_inquiry
from services.runtime.clock import new_id, now
from services.runtime.identity import STAFF, Identity, identify, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.site import Site
    from services.ledger.app import ReadSide
    from services.runtime.pages import Pages


def router(read_side: ReadSide, pages: Pages, site: Site) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/console", tags=["console"], default_response_class=HTMLResponse)
    pool = read_side.pool

    async def signed_in(request: Request) -> Identity | None:
        if await identify(pool, request, now()) is None:
            return None
        return await require(pool, request, STAFF, now())

    async def answers_page(
        identity: Identity, wanted: str | None, editions: list[dict[str, Any]]
    ) -> Response:
        pending = not await seen(read_side, wanted)
        async with pool.connection() as connection:
            listed = await inquiry_queries.answers(connection)
        return pages.page(
            "answers_console.html",
            identity=identity,
            answers=listed,
            editions=editions,
            site=site,
            pending=pending,
            form_key=str(new_id()),
            today=now().astimezone(read_side.profile.zone).date(),
        )

    @routes.get("/inquiries")
    async def work_list(request: Request) -> Response:
        identity = await signed_in(request)
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        async with pool.connection() as connection:
            waiting = await inquiry_queries.waiting(connection)
            counts, shown = (
                await inquiry_queries.counts(connection),
                await inquiry_queries.shown(connection),
            )
        reader = page_reader(identity)
        await read_side.access.listed(reader, "inquiries", {}, None, len(waiting))
        return pages.page(
            "inquiries.html",
            identity=identity,
            waiting=waiting,
            counts=counts,
            shown=shown,
            languages=site.languages,
        )

    @routes.get("/inquiries/{number}")
    async def one(request: Request, number: str) -> Response:
        identity = await signed_in(request)
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        pending = not await seen(read_side, request.query_params.get("seen"))
        opened = await open_inquiry(read_side, page_reader(identity), identity.role, number)
        async with pool.connection() as connection:
            listed = await inquiry_queries.answers(connection)
        return pages.page(
            "inquiry_console.html",
            identity=identity,
            opened=opened,
            answers=listed,
            pending=pending,
            form_key=str(new_id()),
            languages=site.languages,
        )

    @routes.get("/answers")
    async def answers(request: Request) -> Response:
        identity = await signed_in(request)
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        return await answers_page(identity, None, [])

    @routes.get("/answers/{answer}")
    async def answer(request: Request, answer: str) -> Response:
        identity = await signed_in(request)
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        wanted = request.query_params.get("seen")
        await seen(read_side, wanted)
        async with pool.connection() as connection:
            editions = await inquiry_queries.editions(connection, answer)
        if not editions and not wanted:
            raise ProblemError(404, "no-such-answer", "There is no such answer")
        return await answers_page(identity, wanted, editions)

    return routes
