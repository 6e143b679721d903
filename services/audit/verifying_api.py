"""`/api/v1/audit/verify`: verification of the stored ledger, progress as JSON lines."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from services.access.reader import api_reader
from services.audit.api import problems
from services.audit.record_verification import verify_record
from services.ledger.proofs.signing import origin_of
from services.ledger.verifying.local import verify_database
from services.ledger.verifying.source import UnreadableError
from services.ledger.verifying.verdict import CANNOT_TELL, WORDS
from services.ledger.verifying.verification import VerificationRange
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.ledger.verifying.verification import Progress

EVERY_SECONDS = 0.5
LINES = "application/x-ndjson"
Position = Annotated[int | None, Query(ge=0, le=2**62)]


def router(read_side: ReadSide) -> APIRouter:
    """The route, on a read side that is already composed. One verification runs at a time."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])
    running = asyncio.Lock()

    @routes.get("/verify")
    async def verified(
        request: Request,
        first: Annotated[int | None, Query(alias="from", ge=0, le=2**62)] = None,
        to: Position = None,
        number: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
    ) -> Response:
        reader = api_reader(await require(read_side.pool, request, AUDIT_READERS, now()))
        if number is not None:
            return _one_line(await verified_record(read_side, reader, number))
        if running.locked():
            raise ProblemError(
                429,
                "verifying",
                "A verification runs already",
                "Try again when it is done.",
                headers={"Retry-After": "10"},
            )
        part = None if first is None and to is None else f"positions {first or 0} to {to or 'end'}"
        await read_side.access.replayed(reader, "verify", as_of=part)
        asked = VerificationRange(first, to, origin=origin_of(read_side.profile))
        return StreamingResponse(progress_lines(read_side, asked, running), media_type=LINES)

    return routes


async def verified_record(read_side: ReadSide, reader: Reader, number: str) -> dict[str, Any]:
    """The summary of one record's verification, recorded as a read; 404 for an unknown number."""
    asked = VerificationRange(origin=origin_of(read_side.profile))
    try:
        with problems():
            async with read_side.pool.connection() as connection:
                found = (await verify_record(connection, number, asked)).summary()
    except UnreadableError as error:
        found = {"verdict": WORDS[CANNOT_TELL], "exit": CANNOT_TELL, "doubts": [str(error)]}
    await read_side.access.replayed(reader, "verify", number=number)
    return found


def _one_line(summary: dict[str, Any]) -> Response:
    return Response(orjson.dumps(summary) + b"\n", media_type=LINES)


async def progress_lines(
    read_side: ReadSide, asked: VerificationRange, running: asyncio.Lock
) -> AsyncIterator[bytes]:
    """Lines of `done` and `total`, twice a second, and at last the summary."""
    reached = [0, 0]

    def progress(done: int, total: int) -> None:
        reached[:] = done, total

    async with running:
        work = asyncio.create_task(_summary(read_side, asked, progress))
        try:
            while not (await asyncio.wait([work], timeout=EVERY_SECONDS))[0]:
                yield orjson.dumps({"done": reached[0], "total": reached[1]}) + b"\n"
            yield orjson.dumps(work.result()) + b"\n"
        finally:  # nobody listens any more
            work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work


async def _summary(
    read_side: ReadSide, asked: VerificationRange, progress: Progress
) -> dict[str, Any]:
    try:
        async with read_side.pool.connection() as connection:
            return (await verify_database(connection, asked, progress)).summary()
    except UnreadableError as error:
        verdict = WORDS[CANNOT_TELL]
        return {"verdict": verdict, "exit": CANNOT_TELL, "doubts": [str(error)]}
