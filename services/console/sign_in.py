"""Signing in. Development accounts exist only while the server is bound to loopback."""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.refusals import Refusals, Why
from services.console.reveal import page_reader
from services.runtime.clock import now
from services.runtime.identity import (
    SESSION_COOKIE,
    SESSION_LASTS,
    Identity,
    Role,
    check_csrf,
    end_session,
    identify,
    session_of,
    start_session,
)

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.runtime.pages import Pages
    from services.runtime.settings import Settings


def development_password(settings: Settings) -> str | None:
    """The password of the development accounts, or None when there are none."""
    if settings.development_password is None or not ip_address(settings.host).is_loopback:
        return None
    return settings.development_password.get_secret_value()


def router(read_side: ReadSide, pages: Pages, settings: Settings) -> APIRouter:
    """The routes; without development accounts the page says that nobody can sign in this way."""
    routes = APIRouter(prefix="/console", tags=["sign-in"], default_response_class=HTMLResponse)
    password = development_password(settings)
    refusals = Refusals(read_side.access)

    @routes.get("/sign-in")
    async def sign_in_page() -> Response:
        return pages.page(
            "sign_in.html", roles=list(Role), possible=password is not None, error=None
        )

    @routes.post("/sign-in")
    async def sign_in(account: str = Form(""), given: str = Form("", alias="password")) -> Response:
        known = account in set(Role)
        right = password is not None and secrets.compare_digest(password.encode(), given.encode())
        if not known or not right:
            await refusals.record(account, _why(known=known, possible=password is not None))
            return pages.page(
                "sign_in.html",
                status=403,
                roles=list(Role),
                possible=password is not None,
                error="This account and password do not belong together.",
            )
        async with read_side.pool.connection() as connection:
            secret = await start_session(connection, account, Role(account), now())
        identity = Identity(account, Role(account), session=session_of(secret))
        await read_side.access.signed_in(page_reader(identity), "development-password")
        answer = RedirectResponse("/console", 303)
        answer.set_cookie(
            SESSION_COOKIE,
            secret,
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=False,
        )
        return answer

    @routes.post("/sign-out")
    async def sign_out(request: Request, csrf: str = Form("")) -> Response:
        identity = await identify(read_side.pool, request, now())
        if identity:
            check_csrf(identity, csrf)
            async with read_side.pool.connection() as connection:
                await end_session(connection, request.cookies.get(SESSION_COOKIE, ""))
            await read_side.access.signed_out(page_reader(identity))
        answer = RedirectResponse("/console/sign-in", 303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer

    return routes


def _why(*, known: bool, possible: bool) -> Why:
    if not known:
        return "unknown-account"
    return "wrong-password" if possible else "not-possible"
