"""`/console`: the board that updates by itself, and the timeline behind every record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from events.personal import personal_fields
from services.audit.who_read import who_read
from services.console.reveal import page_reader, reveal_form
from services.console.waiting import seen
from services.console.words import in_words
from services.projections import queries
from services.projections.personal.record import load
from services.projections.personal.viewing import view, visible_fields
from services.projections.personal.visibility import NEVER
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, STAFF, Identity, identify, require

if TYPE_CHECKING:
    from services.console.board import Board
    from services.ledger.app import ReadSide
    from services.projections.personal.record import Record, Stored
    from services.projections.personal.visible_fields import VisibleFields
    from services.runtime.pages import Pages


def router(read_side: ReadSide, board: Board) -> APIRouter:
    """The routes, on a read side that is already composed."""
    routes = APIRouter(prefix="/console", tags=["console"], default_response_class=HTMLResponse)
    pages = board.pages

    @routes.get("")
    async def show_board(request: Request) -> Response:
        identity = await identify(read_side.pool, request, now())
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        return pages.page("board.html", identity=identity, board=await board.render())

    async def staff_only(request: Request) -> None:
        # Before the stream begins: within it the answer would have its status already.
        await require(read_side.pool, request, STAFF, now())

    @routes.get("/live", response_class=EventSourceResponse, dependencies=[Depends(staff_only)])
    async def live() -> AsyncIterator[ServerSentEvent]:
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
        identity = await identify(read_side.pool, request, now())
        if identity is None:
            return RedirectResponse("/console/sign-in", 303)
        return await _timeline(read_side, pages, identity, number, request.query_params.get("seen"))

    return routes


async def _timeline(
    read_side: ReadSide, pages: Pages, identity: Identity, number: str, wanted: str | None
) -> Response:
    pending = not await seen(read_side, wanted)
    reader, reads = page_reader(identity), None
    async with read_side.pool.connection() as connection:
        record = await load(connection, read_side.keyring, number)
        rows = await queries.case_status(connection, number=number, limit=1)
    await view(read_side, reader, number, record.ids)
    if identity.role in AUDIT_READERS:
        async with read_side.pool.connection() as connection:
            _, reads = await who_read(connection, read_side.keyring, record.ids)
    found = await visible_fields(read_side, reader, identity.role, record)
    return pages.page(
        "timeline.html",
        identity=identity,
        number=number,
        entries=_entries(record, found),
        pending=pending,
        row=rows[0] if rows else None,
        version=rows[0]["version"] if rows else None,
        desks=read_side.profile.desks.values(),
        reads=reads,
        **reveal_form(record, found),
    )


def _entries(record: Record, found: VisibleFields) -> list[dict[str, Any]]:
    return [
        {
            "position": entry.position,
            "envelope": entry.envelope,
            "facts": _facts(entry, found),
            "raw": entry.body.decode(),
        }
        for entry in record.entries
    ]


def _facts(entry: Stored, found: VisibleFields) -> list[tuple[str, str]]:
    """The event's fields in words, personal ones as this reader sees them."""
    event = entry.envelope.data
    personal = dict(personal_fields(event))
    facts = []
    for name in type(event).model_fields:
        value = getattr(event, name)
        if value is None or value in ((), {}, []) or name in NEVER:
            continue
        if name in personal:
            value = found.shown(name, entry.position, personal[name])
        facts.append((name.replace("_", " "), in_words(value)))
    return facts
