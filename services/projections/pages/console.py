"""`/console`: the board that updates by itself, and the timeline behind every record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from events.codec import decode
from events.personal import personal_fields
from services.projections import queries
from services.projections.pages.waiting import seen
from services.runtime.clock import now
from services.runtime.identity import STAFF, Identity, identify, require
from services.runtime.keyring import subjects_of, unseal
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from events.envelope import Envelope
    from services.projections.app import Projections
    from services.projections.pages.board import Board
    from services.runtime.database import Connection

TEMPLATES = Path(__file__).parent / "templates"


def console_pages(projections: Projections) -> Pages:
    """The console's templates in the agency's name."""
    profile = projections.profile
    return Pages(TEMPLATES, agency=profile.name, live=profile.live, zone=profile.zone)


def router(projections: Projections, board: Board) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/console", tags=["console"], default_response_class=HTMLResponse)
    pages = board.pages

    @routes.get("")
    async def show_board(request: Request) -> Response:
        identity = await identify(projections.pool, request, now())
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        return pages.page("board.html", identity=identity, board=await board.render())

    @routes.get("/live", response_class=EventSourceResponse)
    async def live(request: Request) -> AsyncIterator[ServerSentEvent]:
        await require(projections.pool, request, STAFF, now())
        board.viewers += 1
        try:
            generation = board.generation
            yield ServerSentEvent(raw_data=await board.render(), event="board", retry=1000)
            while True:
                generation, html = await board.next_after(generation)
                yield ServerSentEvent(raw_data=html, event="board", id=str(generation))
        finally:
            board.viewers -= 1

    @routes.get("/calls/{number}")
    async def timeline(request: Request, number: str) -> Response:
        identity = await identify(projections.pool, request, now())
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        return await _timeline(
            projections, pages, identity, number, request.query_params.get("seen")
        )

    return routes


async def _timeline(
    projections: Projections, pages: Pages, identity: Identity, number: str, wanted: str | None
) -> Response:
    pending = not await seen(projections, wanted)
    async with projections.pool.connection() as connection:
        found = await queries.find(connection, number)
        if found is None:
            raise ProblemError(404, "no-such-record", "No report, call or case has this number")
        stored = await queries.history(connection, *found)
        entries = await _entries(projections, connection, stored)
        rows = await queries.case_status(connection, number=number, limit=1)
        version = rows[0]["version"] if rows else None
    return pages.page(
        "timeline.html", identity=identity, number=number, entries=entries, pending=pending,
        row=rows[0] if rows else None, version=version, desks=projections.profile.desks.values(),
    )  # fmt: skip


async def _entries(
    projections: Projections, connection: Connection, stored: list[tuple[int, bytes]]
) -> list[dict[str, Any]]:
    envelopes = [(position, decode(body)) for position, body in stored]
    subjects = subjects_of(envelope.data for _, envelope in envelopes)
    keys = await projections.keyring.find(connection, subjects)
    hidden = await projections.keyring.hidden(connection, subjects)
    return [
        {
            "position": position,
            "envelope": opened,
            "facts": _facts(opened, hidden),
            "raw": body.decode(),
        }
        for (position, envelope), (_, body) in zip(envelopes, stored, strict=True)
        for opened in [unseal(envelope, keys)]
    ]


def _facts(envelope: Envelope, hidden: Mapping[str, str]) -> list[tuple[str, str]]:
    """The event's fields in words; a personal value that is not shown says why: erased, sealed."""
    personal = {name for name, _ in personal_fields(envelope.data)}
    facts = []
    for name in type(envelope.data).model_fields:
        value = getattr(envelope.data, name)
        if value is None or value in ((), {}, []):
            continue
        if name in personal:
            value = hidden.get(value.subject, "unreadable") if value.value is None else value.value
        if name != "pin_hash":
            facts.append((name.replace("_", " "), _words(value)))
    return facts


def _words(value: Any) -> str:
    if isinstance(value, str | int | float | UUID):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(
            f"{name.replace('_', ' ')}: {_words(each)}" for name, each in value.items()
        )
    if isinstance(value, tuple | list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    plain = (
        value.model_dump(mode="json", exclude_defaults=True)
        if hasattr(value, "model_dump")
        else value
    )
    return orjson.dumps(plain, default=_plain).decode()


def _plain(value: Any) -> Any:
    return (
        value.model_dump(mode="json", exclude_defaults=True)
        if hasattr(value, "model_dump")
        else str(value)
    )
