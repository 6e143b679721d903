"""The cosigner over HTTP: `POST /add-checkpoint`, and nothing else that changes anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from services.proofs import note
from services.proofs.tree import ProofError
from services.proofs.witness import SIZE_TYPE, Accepted, read_request
from services.runtime import problems
from services.runtime.clock import now
from services.runtime.log import logger
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.cosigner.memory import Memory
    from services.proofs.cosignature import Cosigner
    from services.proofs.witness import Refused

TEXT = "text/plain; charset=utf-8"
TITLES = {
    400: "This is no request to cosign",
    403: "No key that is known here signed this checkpoint",
    404: "This log is not cosigned here",
    422: "This checkpoint does not continue the history that was cosigned",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What a cosigner works with: its key, the logs it knows, its memory."""

    cosigner: Cosigner
    logs: Mapping[str, Sequence[note.NoteVerifier]]
    memory: Memory


def create_app(office: Office) -> FastAPI:
    """The web application of one cosigner."""
    app = FastAPI(title="Blotter cosigner", docs_url=None, redoc_url=None, openapi_url=None)
    problems.install(app)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"key": str(office.cosigner.verifier)}

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        # In a thread: SQLite waits for the disk.
        return await asyncio.to_thread(_answer, office, body)

    return app


def _answer(office: Office, body: bytes) -> Response:
    moment = now()
    try:
        request = read_request(body)
    except ProofError as error:
        raise ProblemError(400, "no-request", TITLES[400], str(error)) from None
    decided = office.memory.answer(request, office.logs, moment)
    if isinstance(decided, Accepted):
        cosigner = office.cosigner.at(int(moment.timestamp()))
        lines = note.signature_lines(decided.text, [cosigner])
        logger().info("cosigned", origin=decided.origin, size=decided.seen.size)
        return Response("".join(map(str, lines)), media_type=TEXT)
    return _refusal(decided)


def _refusal(refused: Refused) -> Response:
    if refused.alarm:
        logger().error("cosigning.two-histories", reason=refused.reason)
    else:
        logger().info("cosigning.refused", status=refused.status, reason=refused.reason)
    if refused.size is not None:
        # As a header: a media type that begins with text/ would be given a charset.
        return Response(f"{refused.size}\n", refused.status, {"Content-Type": SIZE_TYPE})
    raise ProblemError(refused.status, "not-cosigned", TITLES[refused.status], refused.reason)


async def _body(request: Request) -> bytes:
    """The request's body, read no further than a request may be long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > note.MAXIMUM_BYTES:
            raise ProblemError(413, "too-long", "A request of that length is refused")
    return bytes(body)


def serve(office: Office, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    uvicorn.run(
        create_app(office),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        limit_concurrency=100,
    )
