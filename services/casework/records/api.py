"""`/api/v1/records-requests`: received, extended once, released or refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.agency.retention import Code
from services.casework.api import seen_version
from services.casework.domain.decide import RefusedError
from services.casework.domain.records_request import Extend, RecordsCommand, Refuse, Release
from services.casework.once import perform_once
from services.casework.records.handlers import RecordsCommandRequest, extension, perform, receive
from services.runtime.clock import now
from services.runtime.identity import REVIEWERS, require

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Actor
    from services.casework.subjects.handlers import Subjects
    from services.runtime.database import Connection

    Make = Callable[[Connection], Awaitable[RecordsCommand]]

Number = Annotated[str, Field(min_length=1, max_length=20)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReceiveBody(_Body):
    """When the request came, and which reports it asks for. Who asked is not kept."""

    received_on: date
    reports: Annotated[list[Number], Field(min_length=1, max_length=200)]


class ReleaseBody(_Body):
    """What was given out, as the export said."""

    redactions: dict[Code, Annotated[int, Field(ge=0)]]
    through: Annotated[int, Field(ge=0)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RefuseBody(_Body):
    """Under which exemptions nothing is given out."""

    exemptions: Annotated[list[Code], Field(min_length=1, max_length=20)]


def router(office: Subjects) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/records-requests", tags=["records"])
    casework, keyring = office.casework, office.keyring

    @routes.post("")
    async def received(request: Request, body: ReceiveBody) -> Response:
        identity = await require(casework.pool, request, REVIEWERS, now())

        async def work(
            connection: Connection, command_id: UUID, actor: Actor, moment: datetime
        ) -> dict[str, Any]:
            number, due_on = await receive(
                office,
                connection,
                body.received_on,
                tuple(body.reports),
                command_id,
                actor,
                moment,
            )
            return {"version": 1, "number": number, "due_on": due_on.isoformat()}

        return await perform_once(casework, keyring, request, identity, work)

    async def handle(request: Request, number: str, make: Make) -> Response:
        identity = await require(casework.pool, request, REVIEWERS, now())
        seen = seen_version(request.headers.get("if-match"))

        async def work(
            connection: Connection, command_id: UUID, actor: Actor, moment: datetime
        ) -> dict[str, Any]:
            command = await make(connection)
            asked = RecordsCommandRequest(number, command, seen, command_id, actor)
            version = await perform(office, connection, asked, moment)
            due = {"due_on": command.due_on.isoformat()} if isinstance(command, Extend) else {}
            return {"version": version, "number": number} | due

        return await perform_once(casework, keyring, request, identity, work)

    @routes.post("/{number}/extension")
    async def extended(request: Request, number: str) -> Response:
        async def make(connection: Connection) -> RecordsCommand:
            return await extension(office, connection, number)

        return await handle(request, number, make)

    @routes.post("/{number}/release")
    async def released(request: Request, number: str, body: ReleaseBody) -> Response:
        async def make(_: Connection) -> RecordsCommand:
            return Release(tuple(sorted(body.redactions.items())), body.through, body.digest)

        return await handle(request, number, make)

    @routes.post("/{number}/refusal")
    async def refused(request: Request, number: str, body: RefuseBody) -> Response:
        today = now().astimezone(office.zone).date()
        known = {each.code for each in office.retention.exemptions if each.in_force(today)}

        async def make(_: Connection) -> RecordsCommand:
            if set(body.exemptions) - known:
                raise RefusedError("an exemption is not in the table", f"of {sorted(known)}")
            return Refuse(tuple(sorted(set(body.exemptions))))

        return await handle(request, number, make)

    return routes
