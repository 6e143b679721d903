"""Finding earlier reports, and adding a supplement for a caller."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.intake.api import read_body
from services.intake.desk import report_search
from services.intake.desk.call_form import CallForm, parse_call_form, read_call_form
from services.intake.desk.desk_session import DeskSession, reader
from services.intake.desk.report_search import FoundReport, SearchField
from services.intake.desk.supplementing import add
from services.intake.domain.numbers import normalise
from services.intake.pages import read_form
from services.runtime.clock import new_id, now
from services.runtime.identity import Identity, check_csrf
from services.runtime.problems import ProblemError

NOT_SEARCHABLE = "One cannot search by this: check how it is written."
NO_SEARCH = "Only numbers and dates can be searched here at the moment."


def records(session: DeskSession) -> APIRouter:
    """The routes, below the desk's own."""
    return _Records(session).routes()


class _Records:
    """The pages of earlier reports."""

    def __init__(self, session: DeskSession) -> None:
        self.session, self.intake, self.pages = session, session.intake, session.pages

    def routes(self) -> APIRouter:
        """Addresses to pages."""
        routes = APIRouter(default_response_class=HTMLResponse)
        routes.add_api_route("/find", self.ask, methods=["GET"])
        routes.add_api_route("/find", self.find, methods=["POST"])
        routes.add_api_route("/earlier", self.earlier, methods=["POST"])
        routes.add_api_route("/reports/{number}", self.show, methods=["GET"])
        routes.add_api_route("/reports/{number}", self.supplement, methods=["POST"])
        return routes

    async def ask(self, request: Request) -> Response:
        """What to look for."""
        try:
            identity = await self.session.identity(request)
        except ProblemError as problem:
            if problem.status != 401:
                raise
            return RedirectResponse("/console/sign-in", 303)
        return self._results_page(identity, None, {})

    async def find(self, request: Request) -> Response:
        """Search results. A POST, so that the search term is in no URL."""
        identity, form = await self._read(request)
        way, value = form.get("by", ""), form.get("sought", "").strip()
        found, error = await self._search(identity, way, value)
        return self._results_page(identity, found, form, error=error)

    async def earlier(self, request: Request) -> Response:
        """The caller's earlier reports by number, as a piece of the desk."""
        identity, form = await self._read(request)
        found, _ = await self._search(identity, "phone", form.get("contact_phone", ""))
        return self.pages.page("desk/earlier.html", found=found or [])

    async def _read(self, request: Request) -> tuple[Identity, dict[str, str]]:
        raw, _ = await read_body(request)
        form = read_form(raw)
        identity = await self.session.identity(request)
        check_csrf(identity, form.get("csrf"))
        return identity, form

    async def _search(
        self, identity: Identity, way: str, value: str
    ) -> tuple[list[FoundReport] | None, str | None]:
        if way == "date":
            return await self._of_date(identity, value)
        if way == "number":
            numbers: list[str] | None = report_search.read_number(value)
        elif way not in report_search.WAYS:
            return None, NOT_SEARCHABLE
        elif self.session.search is None:
            return None, NO_SEARCH
        else:
            sought = cast("SearchField", way)
            numbers = await self.session.search.numbers(reader(identity), sought, value)
        if numbers is None:
            return None, NOT_SEARCHABLE
        async with self.intake.pool.connection() as connection:
            found = await report_search.by_numbers(connection, numbers)
        if way == "number":
            await self.session.access.searched(reader(identity), "number", len(found))
        return found, None

    async def _of_date(
        self, identity: Identity, value: str
    ) -> tuple[list[FoundReport] | None, str | None]:
        day = report_search.read_date(value)
        if day is None:
            return None, NOT_SEARCHABLE
        async with self.intake.pool.connection() as connection:
            found = await report_search.by_date(connection, day, self.intake.profile.zone)
        asked = {"date": day.isoformat()}
        await self.session.access.listed(reader(identity), "desk", asked, None, len(found))
        return found, None

    def _results_page(
        self,
        identity: Identity,
        found: list[FoundReport] | None,
        form: dict[str, str],
        error: str | None = None,
    ) -> Response:
        return self.pages.page(
            "desk/find.html",
            status=422 if error else 200,
            identity=identity,
            found=found,
            form=form,
            error=error,
            most=report_search.MOST,
        )

    async def show(self, request: Request, number: str) -> Response:
        """One report: the identity check, its state, and a form to add to it."""
        identity = await self.session.identity(request)
        found = await self._one(number)
        return await self._report(identity, found, {"form_key": str(new_id())})

    async def _one(self, given: str) -> FoundReport:
        number = normalise(given)
        async with self.intake.pool.connection() as connection:
            found = await report_search.by_numbers(connection, [number] if number else [])
        if not found:
            raise ProblemError(404, "no-such-report", "No report has this number")
        return found[0]

    async def _report(
        self, identity: Identity, found: FoundReport, form: dict[str, str], **more: Any
    ) -> Response:
        read = UUID(str(found.report_id))
        await self.session.access.viewed(reader(identity), found.report_number, [read])
        values = {"emergency": None, "added": False, "error": None} | more
        return self.pages.page(
            "desk/report.html", identity=identity, found=found, form=form, **values
        )

    async def supplement(self, request: Request, number: str) -> Response:
        """Add what the caller says; an emergency in it is handed off with the report."""
        addition = await read_call_form(self.intake.profile, request)
        identity = await self.session.identity(request, addition)
        found = await self._one(number)
        if not addition.begun:
            return await self._report(
                identity, found, addition.form, error="Nothing is written yet."
            )
        addition = self._about(addition, found)
        await add(self.intake, found.report_number, addition, identity.account, "phone", now())
        fresh = {"form_key": str(new_id())}
        return await self._report(identity, found, fresh, emergency=addition.emergency, added=True)

    def _about(self, addition: CallForm, found: FoundReport) -> CallForm:
        """The addition assessed with the report's type; the addition itself names no type."""
        again = parse_call_form(self.intake.profile, addition.form | {"type": found.type or ""})
        again.submission.type = None
        return again
