"""`/api/v1/subjects/{number}`: the personal data of a report, erased by two persons or sealed.

As with cases, `If-Match` carries the version its author saw (`"0"` when nothing has happened yet)
and an `Idempotency-Key` makes a repeat harmless.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.agency.retention import Code
from services.casework.api import refusals_as_problems, seen_version
from services.casework.domain.subject_commands import (
    ApproveErasure,
    DeclineErasure,
    RequestErasure,
    Seal,
    Unseal,
)
from services.casework.once import as_json, perform_once
from services.casework.subjects.handlers import UNKNOWN, SubjectRequest, Subjects, perform
from services.casework.subjects.loading import load
from services.runtime.clock import now
from services.runtime.identity import AUDIT_READERS, REVIEWERS, require
from services.runtime.problems import ProblemError
from services.runtime.register import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from events.envelope import Actor
    from services.casework.domain.subject_commands import SubjectCommand
    from services.casework.subjects.loading import Loaded
    from services.runtime.database import Connection


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
        seen = seen_version(request.headers.get("if-match"))

        async def work(
            connection: Connection, command_id: UUID, actor: Actor, moment: datetime
        ) -> dict[str, Any]:
            command = make(command_id, identity.account)
            asked = SubjectRequest(number, command, seen, command_id, actor)
            with _damage_as_problem():
                version = await perform(subjects, connection, asked, moment)
            return {"version": version} | _about(command)

        return await perform_once(subjects.casework, subjects.keyring, request, identity, work)

    @routes.get("")
    async def current(request: Request, number: str) -> Response:
        await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection, connection.transaction():
            with refusals_as_problems():
                loaded = await load(subjects.casework, subjects.keyring, connection, number)
                if loaded is None:
                    raise UNKNOWN
        return as_json(_shown(number, loaded))

    @routes.post("/erasure-requests")
    async def request_erasure(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda id_, by: RequestErasure(id_, body.basis, by))

    @routes.post("/erasure-approvals")
    async def approve_erasure(request: Request, number: str, body: RequestBody) -> Response:
        return await handle(request, number, lambda _, by: ApproveErasure(body.request_id, by))

    @routes.post("/erasure-refusals")
    async def decline_erasure(request: Request, number: str, body: RequestBody) -> Response:
        return await handle(request, number, lambda _, __: DeclineErasure(body.request_id))

    @routes.post("/seal")
    async def seal(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda _, __: Seal(body.basis))

    @routes.post("/unseal")
    async def unseal(request: Request, number: str, body: BasisBody) -> Response:
        return await handle(request, number, lambda _, __: Unseal(body.basis))

    return routes


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
    """A register that was tampered with: every erasure is refused until it is repaired."""
    try:
        yield
    except RegisterError as error:
        raise ProblemError(503, "register", "Nobody can be erased now", str(error)) from None


def _shown(number: str, loaded: Loaded) -> dict[str, Any]:
    subject, circumstances = loaded.subject, loaded.subject.circumstances
    living = sorted(key.subject for key in circumstances.keys)
    return {
        "report_number": number,
        "version": loaded.version,
        "erased": not living,
        "sealed": subject.sealed,
        "call_closed": circumstances.closed,
        "holds": sorted(circumstances.holds),
        "living_keys": living,
        "pending": [
            {"request_id": str(request_id), "basis": asked.basis, "requested_by": asked.by}
            for request_id, asked in subject.pending.items()
        ],
    }
