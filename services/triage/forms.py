"""Promoting and rolling back bundles, posted from the console's forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from events.envelope import Actor
from services.runtime.clock import new_id, now
from services.runtime.identity import check_csrf, require
from services.runtime.problems import ProblemError
from services.triage.activating import Author
from services.triage.bundle_overview import OPERATORS
from services.triage.domain.activations import NotNowError
from services.triage.domain.bundle import BundleError
from services.triage.rehearsing import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from events.triage import BundleActivated
    from services.runtime.database import Connection
    from services.triage.bundle_overview import Rehearsals


def router(rehearsals: Rehearsals) -> APIRouter:
    """The routes; only administrators may change the active bundle."""
    routes = APIRouter(prefix="/console/triage", tags=["console"])

    @routes.post("/promote")
    async def promote(
        request: Request, csrf: str = Form(""), bundle: str = Form(""), reason: str = Form("")
    ) -> Response:
        return await _act(rehearsals, request, csrf, bundle, reason, rehearsals.rehearsing.promote)

    @routes.post("/rollback")
    async def rollback(
        request: Request, csrf: str = Form(""), bundle: str = Form(""), reason: str = Form("")
    ) -> Response:
        back = rehearsals.rehearsing.roll_back
        return await _act(rehearsals, request, csrf, bundle, reason, back)

    return routes


async def _act(
    rehearsals: Rehearsals,
    request: Request,
    csrf: str,
    bundle: str,
    reason: str,
    verb: Callable[[Connection, str, Author], Awaitable[BundleActivated | None]],
) -> Response:
    """Promote or roll back, once however often the form is sent."""
    identity = await require(rehearsals.pool, request, OPERATORS, now())
    check_csrf(identity, csrf)
    through = "console" if identity.csrf else "api"
    actor = Actor(identity.account, "department", through)
    try:
        async with rehearsals.pool.connection() as connection:
            await verb(connection, bundle, Author(actor, reason, new_id()))
    except NotNowError as error:
        raise ProblemError(409, "bundle-not-now", "Not now", str(error)) from None
    except BundleError as error:
        raise ProblemError(409, "bundle-refused", "Not a usable bundle", str(error)) from None
    rehearsals.wake.notify(OUTBOX)
    return RedirectResponse("/console/triage", 303)
