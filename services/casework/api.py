"""`/api/v1/cases/{number}`: staff commands, each against the version its author saw.

`If-Match` carries that version (428 when missing, 412 with the current one when stale); an
`Idempotency-Key` makes a repeat harmless and is looked up first.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from events.casework import Disposition
from events.envelope import Actor
from services.access.reader import reader_of
from services.access.recording import Access
from services.casework.domain.commands import (
    AddNote,
    Assign,
    KeepForStatistics,
    LiftHold,
    PlaceHold,
    Resolve,
    Review,
)
from services.casework.domain.decide import RefusedError
from services.casework.handlers import (
    OUTBOX,
    CallRequest,
    Casework,
    current_version,
    perform,
)
from services.runtime.clock import now
from services.runtime.commands import StaleError
from services.runtime.idempotency import IdempotencyKey, once
from services.runtime.identity import CASE_WORKERS, REVIEWERS, STAFF, Identity, require
from services.runtime.keyring import DestroyedError
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.casework.domain.commands import CaseCommand
    from services.runtime.identity import Role
    from services.runtime.keyring import Keyring


class Body(BaseModel):
    """A command's body: unknown members are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class ReviewBody(Body):
    """Accept for investigation, or return to the desk."""

    outcome: Literal["accepted", "returned"]


class AssignBody(Body):
    """The officer by roster id, and the desk if it changes."""

    officer: Annotated[str, Field(min_length=1, max_length=60)]
    desk: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class NoteBody(Body):
    """A note; stored encrypted."""

    note: Annotated[str, Field(min_length=1, max_length=10_000)]


class ResolveBody(Body):
    """One to five dispositions."""

    dispositions: Annotated[list[Disposition], Field(min_length=1, max_length=5)]


class KeepBody(Body):
    """Nothing to say."""


class HoldBody(Body):
    """The matter of a legal hold, by its number: never a name."""

    matter: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9./-]+$")]


def router(casework: Casework, keyring: Keyring, access: Access) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/cases/{number}", tags=["cases"])

    async def handle(
        request: Request, number: str, command: CaseCommand, roles: frozenset[Role]
    ) -> Response:
        identity = await require(casework.pool, request, roles, now())
        return await command_over_http(casework, keyring, request, number, command, identity)

    @routes.get("")
    async def current(request: Request, number: str) -> Response:
        identity = await require(casework.pool, request, STAFF, now())
        async with casework.pool.connection() as connection:
            found = await current_version(casework, connection, number)
        if found is None:
            raise ProblemError(404, "no-such-call", "No call for service has this number")
        call_id, version, call = found
        reader = reader_of(identity, "casework", "api")
        await access.viewed(reader, number, [call_id, *sorted(call.reports)])
        body = {
            "call_id": str(call_id),
            "version": version,
            "status": call.status.value,
            "urgency": call.urgency,
            "emergency": call.emergency,
            "desk": call.desk,
            "officer": call.officer,
            "case_number": call.case_number,
            "holds": sorted(call.holds),
            "reports": sorted(map(str, call.reports)),
        }
        return Response(orjson.dumps(body), 200, {"ETag": f'"{version}"'}, "application/json")

    @routes.post("/review")
    async def review(request: Request, number: str, body: ReviewBody) -> Response:
        return await handle(request, number, Review(body.outcome), REVIEWERS)

    @routes.post("/assign")
    async def assign(request: Request, number: str, body: AssignBody) -> Response:
        return await handle(request, number, Assign(body.officer, body.desk), REVIEWERS)

    @routes.post("/notes")
    async def note(request: Request, number: str, body: NoteBody) -> Response:
        return await handle(request, number, AddNote(body.note), CASE_WORKERS)

    @routes.post("/resolve")
    async def resolve(request: Request, number: str, body: ResolveBody) -> Response:
        return await handle(request, number, Resolve(tuple(body.dispositions)), CASE_WORKERS)

    @routes.post("/hold")
    async def hold(request: Request, number: str, body: HoldBody) -> Response:
        return await handle(request, number, PlaceHold(body.matter), REVIEWERS)

    @routes.post("/lift")
    async def lift(request: Request, number: str, body: HoldBody) -> Response:
        return await handle(request, number, LiftHold(body.matter), REVIEWERS)

    @routes.post("/keep-for-statistics")
    async def keep(request: Request, number: str, _: KeepBody | None = None) -> Response:
        return await handle(request, number, KeepForStatistics(), REVIEWERS)

    return routes


async def command_over_http(
    casework: Casework,
    keyring: Keyring,
    request: Request,
    number: str,
    command: CaseCommand,
    identity: Identity,
) -> Response:
    """Apply a staff command once: idempotency key, version, rules, in one transaction."""
    moment = now()
    key = _idempotency_key(request, number, command, identity)
    actor = Actor(identity.account, "department", "api")
    async with casework.pool.connection() as connection, connection.transaction():

        async def apply(command_id: UUID) -> dict[str, Any]:
            seen = seen_version(request.headers.get("if-match"))
            asked = CallRequest(number, command, seen, command_id, actor)
            return {"version": await perform_or_problem(casework, connection, asked, moment)}

        answer = await once(connection, keyring, key, moment, apply)
    casework.wake.notify(OUTBOX)
    # Answers stored by earlier releases are the bare version.
    return _answer(answer["version"] if isinstance(answer, dict) else answer)


async def perform_or_problem(casework: Casework, connection, asked: CallRequest, moment) -> int:  # type: ignore[no-untyped-def]
    """The new version; typed refusals become problems that say what is expected."""
    with refusals_as_problems():
        return await perform(casework, connection, asked, moment)


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Typed refusals become problems that say what is expected."""
    try:
        yield
    except StaleError as error:
        raise ProblemError(
            412,
            "stale",
            "Somebody changed this meanwhile",
            "Look at the current version and decide again.",
            headers={"ETag": f'"{error.current}"'},
            current_version=error.current,
        ) from None
    except RefusedError as error:
        missing = error.expected == "an existing number"
        raise ProblemError(
            404 if missing else 409, "refused", str(error), f"Expected: {error.expected}."
        ) from None
    except DestroyedError:
        raise ProblemError(
            409,
            "erased",
            "The personal data of this record was erased",
            "Nothing personal can be added to it any more.",
        ) from None


def seen_version(if_match: str | None) -> int:
    """The version in `If-Match`; 428 when it is missing, 400 when it is no version."""
    if if_match is None:
        raise ProblemError(
            428,
            "if-match",
            "Say which version you saw",
            'Send If-Match: "<version>" from the ETag.',
        )
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 9:
        raise ProblemError(
            400, "if-match", "If-Match is not a version", 'Send If-Match: "<version>".'
        )
    return int(digits)


def _idempotency_key(
    request: Request, number: str, command: CaseCommand, identity: Identity
) -> IdempotencyKey | None:
    given = request.headers.get("idempotency-key")
    if not given:
        return None
    return IdempotencyKey(
        f"{identity.role}/{identity.account}", given, f"{number}/{command!r}".encode()
    )


def _answer(version: int) -> Response:
    return Response(
        orjson.dumps({"version": version}), 200, {"ETag": f'"{version}"'}, "application/json"
    )
