"""`/api/v1/subjects/{number}`: the personal data of a report, erased by two persons or sealed.

As with cases, `If-Match` carries the version its author saw (`"0"` when nothing has happened yet)
and an `Idempotency-Key` makes a repeat harmless.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid5

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from events.envelope import Actor
from services.agency.retention import Code
from services.casework.api import refusals_as_problems, seen_version
from services.casework.domain.subject_commands import (
    ApproveErasure,
    DeclineErasure,
    RequestErasure,
    Seal,
    Unseal,
)
from services.casework.handlers import OUTBOX
from services.casework.subjects.handlers import (
    UNKNOWN,
    AskedOfSubject,
    Subjects,
    perform,
)
from services.casework.subjects.loading import load
from services.runtime.clock import new_id, now
from services.runtime.idempotency import IdempotencyKey, answer_to, remember
from services.runtime.identity import AUDIT_READERS, REVIEWERS, Identity, require
from services.runtime.problems import ProblemError
from services.runtime.register import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.casework.domain.subject_commands import SubjectCommand
    from services.casework.subjects.loading import Loaded

COMMANDS = UUID("6f0e4f0c-8f0b-5a53-9c39-0d1f7f1c2b64")
"""Name space of commands that bring an idempotency key."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BasisBody(_Body):
    """A legal basis, by its code in the agency's table."""

    basis: Annotated[Code, Field(max_length=60)]


class RequestBody(_Body):
    """A pending request."""

    request_id: UUID


def router(subjects: Subjects) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/subjects/{number}", tags=["personal data"])
    pool = subjects.casework.pool

    async def handle(
        request: Request, number: str, make: Callable[[UUID, str], SubjectCommand]
    ) -> Response:
        identity = await require(pool, request, REVIEWERS, now())
        return await _command_over_http(subjects, request, number, make, identity)

    @routes.get("")
    async def current(request: Request, number: str) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection, connection.transaction():
            with refusals_as_problems():
                loaded = await load(subjects.casework, subjects.keyring, connection, number)
                if loaded is None:
                    raise UNKNOWN
        return _answer(_shown(number, loaded), loaded.version)

    @routes.post("/erasure-requests")
    async def request_erasure(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda id_, by: RequestErasure(id_, body.basis, by))

    @routes.post("/erasure-approvals")
    async def approve_erasure(request: Request, number: str, body: RequestBody) -> Response:
        return await handle(request, number, lambda _, by: ApproveErasure(body.request_id, by))

    @routes.post("/erasure-refusals")
    async def decline_erasure(request: Request, number: str, body: RequestBody) -> Response:
        return await handle(request, number, lambda _, by: DeclineErasure(body.request_id))

    @routes.post("/seal")
    async def seal(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda _, by: Seal(body.basis))

    @routes.post("/unseal")
    async def unseal(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda _, by: Unseal(body.basis))

    return routes


async def _command_over_http(
    subjects: Subjects, request: Request, number: str,
    make: Callable[[UUID, str], SubjectCommand], identity: Identity,
) -> Response:  # fmt: skip
    """Idempotency first, then the version, then the rules; one transaction for all of it."""
    moment = now()
    body = await request.body()
    key = _idempotency_key(request, number, body, identity)
    async with subjects.casework.pool.connection() as connection, connection.transaction():
        if key and (before := await answer_to(connection, subjects.keyring, key, moment)):
            answer: dict[str, Any] = orjson.loads(before)
            return _answer(answer, answer["version"])
        command_id = uuid5(COMMANDS, key.place) if key else new_id()
        command = make(command_id, identity.account)
        asked = AskedOfSubject(
            number, command, seen_version(request.headers.get("if-match")), command_id,
            Actor(identity.account, "department", "api"),
        )  # fmt: skip
        with refusals_as_problems(), _damage_as_problem():
            version = await perform(subjects, connection, asked, moment)
        answer = {"version": version} | _about(command)
        if key:
            await remember(connection, subjects.keyring, key, orjson.dumps(answer), moment)
    subjects.casework.wake.ring(OUTBOX)
    return _answer(answer, version)


def _about(command: SubjectCommand) -> dict[str, str]:
    match command:
        case RequestErasure() | DeclineErasure():
            return {"request_id": str(command.request_id)}
        case ApproveErasure():
            certificate = f"/api/v1/audit/certificates/{command.request_id}"
            return {"request_id": str(command.request_id), "certificate": certificate}
        case _:
            return {}


@contextmanager
def _damage_as_problem() -> Iterator[None]:
    """A register that was tampered with lets nobody be erased until a person has looked."""
    try:
        yield
    except RegisterError as error:
        raise ProblemError(503, "register", "Nobody can be erased now", str(error)) from None


def _shown(number: str, loaded: Loaded) -> dict[str, Any]:
    subject, now_ = loaded.subject, loaded.subject.circumstances
    living = {key.subject for key in now_.keys}
    return {
        "report_number": number, "version": loaded.version, "erased": not living,
        "sealed": subject.sealed, "call_closed": now_.closed, "holds": sorted(now_.holds),
        "living_keys": sorted(living),
        "pending": [
            {"request_id": str(request_id), "basis": asked.basis, "requested_by": asked.by}
            for request_id, asked in subject.pending.items()
        ],
    }  # fmt: skip


def _idempotency_key(
    request: Request, number: str, body: bytes, identity: Identity
) -> IdempotencyKey | None:
    given = request.headers.get("idempotency-key")
    if not given:
        return None
    asked = f"{request.url.path}/{number}/".encode() + body
    return IdempotencyKey(f"{identity.role}/{identity.account}", given, asked)


def _answer(body: dict[str, Any], version: int) -> Response:
    return Response(orjson.dumps(body), 200, {"ETag": f'"{version}"'}, "application/json")
