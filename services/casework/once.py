"""A command over HTTP: idempotency first, then the version, then the rules, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import orjson
from fastapi.responses import Response

from events.envelope import Actor
from services.casework.api import refusals_as_problems
from services.casework.handlers import OUTBOX
from services.runtime.clock import now
from services.runtime.idempotency import IdempotencyKey, once

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fastapi import Request

    from services.casework.handlers import Casework
    from services.runtime.database import Connection
    from services.runtime.identity import Identity
    from services.runtime.keyring import Keyring


class Work(Protocol):
    """The effect of a command; its answer contains the new `version`."""

    async def __call__(
        self, connection: Connection, command_id: UUID, actor: Actor, moment: datetime
    ) -> dict[str, Any]: ...


async def perform_once(
    casework: Casework, keyring: Keyring, request: Request, identity: Identity, work: Work
) -> Response:
    """The answer of `work`; a repeated idempotency key gets the first answer."""
    moment = now()
    key = await _idempotency_key(request, identity)
    actor = Actor(identity.account, "department", "api")
    async with casework.pool.connection() as connection, connection.transaction():

        async def perform(command_id: UUID) -> dict[str, Any]:
            with refusals_as_problems():
                return await work(connection, command_id, actor, moment)

        answer = await once(connection, keyring, key, moment, perform)
    casework.wake.notify(OUTBOX)
    return as_json(answer)


def as_json(body: dict[str, Any]) -> Response:
    """The body as JSON, its version as ETag."""
    etag = {"ETag": f'"{body["version"]}"'}
    return Response(orjson.dumps(body), 200, etag, "application/json")


async def _idempotency_key(request: Request, identity: Identity) -> IdempotencyKey | None:
    given = request.headers.get("idempotency-key")
    if not given:
        return None
    asked = f"{request.url.path}\n".encode() + await request.body()
    return IdempotencyKey(f"{identity.role}/{identity.account}", given, asked)
