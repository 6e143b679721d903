"""`/console/desk`: one screen, no mouse; files with or without JavaScript."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from psycopg_pool import PoolTimeout

from services.access.recording import Access
from services.agency.site import Site
from services.intake.desk.call_form import (
    OF_THE_FORM,
    CallForm,
    file,
    handed_off,
    parse_call_form,
    read_call_form,
)
from services.intake.desk.desk_session import DeskSession
from services.intake.desk.pages import records
from services.intake.desk.report_search import Search
from services.intake.handlers import Intake
from services.intake.nearby import NearbyReport, find_nearby
from services.intake.pages import after_refusal
from services.intake.site.drafts import drafts_of, forget_draft, keep_draft
from services.intake.telephone.calls import claim_draft, is_waiting
from services.runtime.clock import new_id, now
from services.runtime.identity import Identity
from services.runtime.log import logger
from services.runtime.problems import ProblemError


def router(
    intake: Intake, site: Site, access: Access, search: Search | None, templates: Path
) -> APIRouter:
    """The routes, on handlers that are already composed; `templates` are the staff pages'."""
    session = DeskSession(intake, site, access, search, templates)
    routes = _Desk(session).routes()
    routes.include_router(records(session))
    return routes


class _Desk:
    """The pages of a call at the desk."""

    def __init__(self, session: DeskSession) -> None:
        self.session, self.intake, self.pages = session, session.intake, session.pages
        self.profile = session.intake.profile

    def routes(self) -> APIRouter:
        """Addresses to pages."""
        routes = APIRouter(
            prefix="/console/desk", tags=["desk"], default_response_class=HTMLResponse
        )
        routes.add_api_route("", self.show, methods=["GET"])
        routes.add_api_route("", self.send, methods=["POST"])
        routes.add_api_route("/draft", self.keep, methods=["POST"])
        routes.add_api_route("/ringing", self.ringing, methods=["GET"])
        return routes

    async def show(self, request: Request) -> Response:
        """An empty form, or one that was begun and lies on this desk."""
        try:
            identity = await self.session.identity(request)
        except ProblemError as problem:
            if problem.status != 401:
                raise
            return RedirectResponse("/console/sign-in", 303)
        wanted = request.query_params.get("draft") or await self._answered_call(identity)
        for id_, _, form in await self._drafts(identity):
            if str(id_) == wanted:
                return await self._form(identity, parse_call_form(self.profile, form))
        return await self._form(
            identity, parse_call_form(self.profile, {"form_key": str(new_id())})
        )

    async def _answered_call(self, identity: Identity) -> str | None:
        """The draft of the call that this call taker has just answered, if any."""
        async with self.intake.pool.connection() as connection:
            draft_id = await claim_draft(connection, identity.account)
        return str(draft_id) if draft_id else None

    async def ringing(self, request: Request) -> Response:
        """Whether a call was answered that is not on the screen yet."""
        identity = await self.session.identity(request)
        async with self.intake.pool.connection() as connection:
            waiting = await is_waiting(connection, identity.account)
        return JSONResponse({"waiting": waiting}, headers={"Cache-Control": "no-store"})

    async def send(self, request: Request) -> Response:
        """File it, hand it off, or show the questions of the type that was chosen."""
        found = await read_call_form(self.profile, request)
        identity = await self.session.identity(request, found)
        if found.form.get("do") == "ask":
            await self._keep(identity, found)
            return await self._form(identity, found)
        if found.form.get("do") == "handoff":
            found = handed_off(self.profile, found)
        elif not found.begun:
            return await self._form(identity, found, status=422, error="Nothing is written yet.")
        return await self._file(identity, found)

    async def _file(self, identity: Identity, found: CallForm) -> Response:
        try:
            answer = await file(self.intake, found, identity.account)
        except ProblemError as problem:
            form, error = after_refusal(found.form, problem)
            again = parse_call_form(self.profile, form)
            return await self._form(identity, again, status=problem.status, error=error)
        await forget_draft(self.intake, found.key)
        return self.pages.page(
            "desk/filed.html",
            status=201,
            identity=identity,
            answer=answer,
            known=found.known,
            emergency=found.emergency,
            warnings=found.submission.warnings,
        )

    async def keep(self, request: Request) -> Response:
        """Keep what is typed so far, and say what it means for life and property."""
        found = await read_call_form(self.profile, request)
        identity = await self.session.identity(request, found)
        stored = not found.begun or await self._keep(identity, found)
        return self.pages.page(
            "desk/kept.html",
            emergency=found.emergency,
            stored=stored,
            moment=now(),
            near=await self._nearby(found),
            known=found.known,
        )

    async def _nearby(self, found: CallForm) -> list[NearbyReport]:
        """Reports that may be about the same incident; none when Postgres is unavailable."""
        public = [id_ for id_, each in self.session.site.questions.items() if each.public]
        try:
            async with self.intake.pool.connection() as connection:
                return await find_nearby(
                    connection,
                    self.intake.keyring,
                    found.known,
                    found.submission.location_text,
                    None,
                    public,
                    now(),
                )
        except (psycopg.Error, PoolTimeout, OSError) as error:
            logger().error("desk.nearby-unknown", error=type(error).__name__)
            return []

    async def _keep(self, identity: Identity, found: CallForm) -> bool:
        form = {name: value for name, value in found.form.items() if name not in OF_THE_FORM}
        outcome = found.assessment.outcome
        return await keep_draft(self.intake, found.key, outcome, form, now(), identity.account)

    async def _form(
        self, identity: Identity, found: CallForm, *, status: int = 200, error: str | None = None
    ) -> Response:
        begun = [each for each in await self._drafts(identity) if each[0] != found.key]
        values: dict[str, Any] = {"form": found.form | {"form_key": str(found.key)}}
        return self.pages.page(
            "desk/call.html",
            status=status,
            identity=identity,
            known=found.known,
            error=error,
            emergency=found.emergency if found.begun else None,
            begun=begun,
            **values,
        )

    async def _drafts(self, identity: Identity) -> list[tuple[UUID, datetime, dict[str, str]]]:
        """The call taker's drafts; none when Postgres is unavailable."""
        try:
            return await drafts_of(self.intake, identity.account)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            logger().error("desk.drafts-unknown", error=type(error).__name__)
            return []
