"""`/console/audit/verify`: is the ledger sound, or one record of it? And who else watches it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from services.audit.verifying_api import progress_lines, verified_record
from services.console.reveal import page_reader
from services.ledger.cosigning import store as cosigners
from services.ledger.monitor.alarms import alarms
from services.ledger.proofs import signing
from services.ledger.verifying.verification import VerificationRange
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, Identity, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.ledger.app import ReadSide
    from services.runtime.pages import Pages

HERE = "<!-- what is found comes here -->"
"""As in the template `verification.html`."""
STEPS = 10
"""A step of progress is told whenever so much more, one in ten, is done."""


def router(read_side: ReadSide, pages: Pages) -> APIRouter:
    """The route, on a read side that is already composed. One whole verification at a time."""
    routes = APIRouter(
        prefix="/console/audit", tags=["console"], default_response_class=HTMLResponse
    )
    running = asyncio.Lock()

    @routes.get("/verify")
    async def verify(
        request: Request, number: Annotated[str, Query(max_length=60)] = ""
    ) -> Response:
        identity = await require(read_side.pool, request, AUDIT_READERS, now())
        reader, number = page_reader(identity), number.strip()
        whole = _page(pages, identity, number)
        if number:
            try:
                found = await verified_record(read_side, reader, number)
            except ProblemError as problem:
                words = ". ".join(filter(None, (problem.title, problem.detail)))
                return _answer(whole, _refused(pages, words), problem.status)
            return _answer(whole, _verdict(pages, found, number))
        if running.locked():
            words = "The ledger is being verified already. Try again when that is done."
            return _answer(whole, _refused(pages, words), 429)
        await read_side.access.replayed(reader, "verify")
        asked = VerificationRange(origin=signing.origin_of(read_side.profile))
        return StreamingResponse(
            _streamed(pages, whole, progress_lines(read_side, asked, running)),
            headers={"Cache-Control": "no-store"},
            media_type="text/html",
        )

    return routes


async def watched(read_side: ReadSide) -> dict[str, Any]:
    """The newest checkpoint with who cosigned it, every cosigner, and what the monitor says."""
    async with read_side.pool.connection() as connection:
        signed = await signing.newest(connection)
        return {
            "checkpoint": await cosigners.with_cosignatures(connection, signed) if signed else None,
            "cosigners": await cosigners.health(connection),
            "alarms": await alarms(connection),
        }


def _page(pages: Pages, identity: Identity, number: str) -> str:
    return pages.fragment("verification.html", identity=identity, number=number)


def _verdict(pages: Pages, found: dict[str, Any], number: str) -> str:
    return pages.fragment("verdict.html", found=found, number=number, refused=None)


def _refused(pages: Pages, words: str) -> str:
    return pages.fragment("verdict.html", found=None, number="", refused=words)


def _answer(whole: str, found: str, status: int = 200) -> Response:
    return HTMLResponse(whole.replace(HERE, found), status, {"Cache-Control": "no-store"})


async def _streamed(pages: Pages, whole: str, lines: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The page as far as it is known, a line for each step, and at last the verdict: no script."""
    before, after = whole.split(HERE)
    yield before + '<ol id="progress" role="log" aria-label="Progress">\n'
    told_step, found = 0, dict[str, Any]()
    async for line in lines:
        found = orjson.loads(line)
        step = STEPS * found["done"] // found["total"] if found.get("total") else 0
        if step > told_step:
            yield f"<li>{found['done']:,} of {found['total']:,} events</li>\n"
            told_step = step
    yield "</ol>\n" + _verdict(pages, found, "") + after
