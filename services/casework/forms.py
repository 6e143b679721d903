"""Commands posted from the console's forms, with a CSRF token; redirects back to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from events.casework import Disposition
from events.envelope import Actor, call_stream
from services.casework import store
from services.casework.api import perform_or_problem
from services.casework.domain.commands import (
    AddNote,
    Assign,
    KeepForStatistics,
    Resolve,
    Review,
)
from services.casework.handlers import OUTBOX, CallRequest, Casework
from services.runtime.clock import new_id, now
from services.runtime.identity import CASE_WORKERS, REVIEWERS, check_csrf, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from services.casework.domain.commands import CaseCommand
    from services.runtime.identity import Role

LONGEST_NOTE = 10_000


def router(casework: Casework) -> APIRouter:
    """One route for every form on a call's page; `verb` says which command."""
    routes = APIRouter(prefix="/console/calls/{number}", tags=["console"])

    @routes.post("/{verb}")
    async def command_from_form(
        request: Request,
        number: str,
        verb: str,
        csrf: str = Form(""),
        version: int = Form(...),
        value: str = Form(""),
        desk: str = Form(""),
    ) -> Response:
        command, roles = read_command(verb, value.strip(), desk.strip())
        identity = await require(casework.pool, request, roles, now())
        check_csrf(identity, csrf)
        actor = Actor(identity.account, "department", "console")
        asked = CallRequest(number, command, version, new_id(), actor)
        async with casework.pool.connection() as connection, connection.transaction():
            reached = await perform_or_problem(casework, connection, asked, now())
            found = await store.find_call(connection, number)
        casework.wake.notify(OUTBOX)
        assert found is not None
        seen = quote(f"{call_stream(found)}@{reached}")
        return RedirectResponse(f"/console/calls/{quote(number)}?seen={seen}", 303)

    return routes


def read_command(verb: str, value: str, desk: str) -> tuple[CaseCommand, frozenset[Role]]:
    """The command of a form, and the roles that may give it; problems say what is missing."""
    match verb:
        case "accept":
            return Review("accepted"), REVIEWERS
        case "return":
            return Review("returned"), REVIEWERS
        case "assign" if 1 <= len(value) <= 60:
            return Assign(value, desk or None), REVIEWERS
        case "note" if 1 <= len(value) <= LONGEST_NOTE:
            return AddNote(value), CASE_WORKERS
        case "resolve" if value in get_args(Disposition):
            return Resolve((cast("Disposition", value),)), CASE_WORKERS
        case "keep-for-statistics":
            return KeepForStatistics(), REVIEWERS
        case _:
            raise ProblemError(
                422, "form", "The form is not complete", "Fill in the field beside the button."
            )
