"""`/answers`: search, read, ask, come back. No JavaScript; once for each language of the agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from psycopg_pool import PoolTimeout

from services.intake.api import read_body
from services.intake.domain.refusal import RefusedError
from services.intake.inquiries.answers import Edition, editions, in_force, named
from services.intake.inquiries.inquiry_request import read_question
from services.intake.inquiries.inquiry_status import follow
from services.intake.inquiries.inquiry_submission import ask, file_emergency, leave_open
from services.intake.pages import read_form
from services.intake.site.site_language import SiteLanguage, site_in_language
from services.intake.site.words import text_lookup
from services.runtime.clock import new_id, now
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from datetime import date

    from services.agency.site import Site
    from services.intake.handlers import Intake
    from services.intake.inquiries.inquiry_request import Read

STATUS = {"empty": 422, "too-large": 413}
AWAY = (psycopg.Error, PoolTimeout, TimeoutError, OSError)


def router(intake: Intake, site: Site) -> APIRouter:
    """The routes in every language, the agency's first without a prefix."""
    routes = APIRouter(tags=["answers"], default_response_class=HTMLResponse)
    for language in site.languages:
        routes.include_router(
            _Pages(intake, site, site_in_language(intake.profile, site, language)).routes()
        )
    return routes


class _Pages:
    """The pages of one language."""

    def __init__(self, intake: Intake, site: Site, site_language: SiteLanguage) -> None:
        self.intake, self.site, self.site_language = intake, site, site_language
        self.say = text_lookup(site_language.language, site_language.local.words)

    def routes(self) -> APIRouter:
        """Addresses to pages."""
        routes = APIRouter(prefix=self.site_language.prefix, default_response_class=HTMLResponse)
        routes.add_api_route("/answers", self.home, methods=["GET"])
        routes.add_api_route("/answers", self.take_question, methods=["POST"])
        routes.add_api_route("/answers/not-helpful", self.not_helpful, methods=["POST"])
        routes.add_api_route("/answers/yours", self.ask_for_pin, methods=["GET"])
        routes.add_api_route("/answers/yours", self.show_yours, methods=["POST"])
        routes.add_api_route("/answers/{answer}", self.one, methods=["GET"])
        routes.add_api_route("/answers/{answer}/{edition}", self.edition, methods=["GET"])
        return routes

    @property
    def today(self) -> date:
        return now().astimezone(self.intake.profile.zone).date()

    async def home(self) -> Response:
        """Ask, or look under a subject."""
        async with self.intake.pool.connection() as connection:
            listed = await in_force(connection, self.today, self.site_language.language)
        return self._home({}, listed=listed)

    def _home(self, form: dict[str, str], *, status: int = 200, **more: Any) -> Response:
        values: dict[str, Any] = {
            "listed": [],
            "error": None,
            "emergency": None,
            "form_key": str(new_id()),
        }
        return self.site_language.pages.page(
            "answers.html", status=status, form=form, path="/answers", **values | more
        )

    async def take_question(self, request: Request) -> Response:
        """Assess first; then an emergency is filed, and anything else answered or left open."""
        raw, trouble = await read_body(request)
        form = read_form(raw)
        read = read_question(
            self.intake.profile,
            self.site_language.local.emergency,
            form,
            "web",
            self.site_language.language,
            form.get("form_key"),
            trouble,
            raw if trouble else b"",
        )
        if read.question.diverted:
            return await self._emergency(read, form)
        if read.trouble:
            return self._refused(read, form, STATUS.get(read.trouble, 400), read.trouble)
        return await self._answered(read, form)

    def _refused(self, read: Read, form: dict[str, str], status: int, why: str) -> Response:
        say = {
            "empty": "answers.say_something",
            "not-kept": "answers.not_kept",
            "reused": "answers.reused",
        }.get(why, "form.not_whole")
        key = {"form_key": form["form_key"]} if form.get("form_key") and why != "reused" else {}
        return self._home(form, status=status, error=say, emergency=read.emergency, **key)

    async def _emergency(self, read: Read, form: dict[str, str]) -> Response:
        """The instruction to call 9-1-1 first; the question is filed, or kept in the page if that
        fails.
        """
        moment = now()
        try:
            filed = await file_emergency(self.intake, read.question, read.emergency, moment)
        except ProblemError as problem:
            why = "reused" if problem.name == "idempotency-key-reused" else "not-kept"
            return self._refused(read, form, problem.status, why)
        try:
            await ask(self.intake, read.question, self.today, moment, report=filed)
        except (*AWAY, ProblemError) as error:
            # The report is filed, which is what matters; only the list of inquiries lacks it.
            logger().error("inquiries.emergency-not-listed", error=type(error).__name__)
        return self.site_language.pages.page(
            "inquiry.html",
            status=201,
            emergency=read.emergency,
            report=filed,
            number=None,
            pin=None,
            path="/answers",
            found=[],
            inquiry_id=None,
        )

    async def _answered(self, read: Read, form: dict[str, str]) -> Response:
        try:
            outcome = await ask(self.intake, read.question, self.today, now())
            found = await self._named([(answer, edition) for answer, edition in outcome["shown"]])
        except ProblemError as problem:
            why = "reused" if problem.name == "idempotency-key-reused" else "not-kept"
            return self._refused(read, form, problem.status, why)
        except AWAY as error:
            logger().error("inquiries.not-committed", error=type(error).__name__)
            return self._refused(read, form, unavailable().status, "not-kept")
        return self.site_language.pages.page(
            "inquiry.html",
            status=200 if found else 201,
            emergency=read.emergency,
            report=None,
            number=outcome["inquiry_number"],
            pin=outcome["pin"],
            inquiry_id=outcome["inquiry_id"],
            found=found,
            path="/answers",
        )

    async def _named(self, shown: list[tuple[str, int]]) -> list[Edition]:
        if not shown:
            return []
        async with self.intake.pool.connection() as connection:
            return await named(connection, shown, self.site_language.language)

    async def not_helpful(self, request: Request) -> Response:
        """The shown answers did not help: leave the question open for a person."""
        raw, _ = await read_body(request)
        try:
            inquiry_id = UUID(read_form(raw).get("inquiry_id", ""))
            outcome = await leave_open(self.intake, inquiry_id, "web", now())
        except (ValueError, RefusedError):
            raise ProblemError(409, "no-such-inquiry", self.say("answers.ask_again")) from None
        return self.site_language.pages.page(
            "inquiry.html",
            status=201,
            emergency=None,
            report=None,
            inquiry_id=None,
            found=[],
            number=outcome["inquiry_number"],
            pin=outcome["pin"],
            path="/answers",
        )

    async def ask_for_pin(self) -> Response:
        """Ask for number and PIN."""
        return self._yours("")

    async def show_yours(self, request: Request) -> Response:
        """The question, and what was answered."""
        raw, _ = await read_body(request)
        form = read_form(raw)
        number = form.get("inquiry_number", "")
        try:
            progress = await follow(self.intake, number, form.get("pin", ""), now())
        except ProblemError as problem:
            return self._yours(number, status=problem.status, error="answers.wrong")
        shown = [(s.answer, s.edition) for reply in progress.replies for s in reply.shown]
        return self._yours(number, progress=progress, found=await self._named(shown))

    def _yours(self, number: str, *, status: int = 200, **more: Any) -> Response:
        values: dict[str, Any] = {"progress": None, "error": None, "found": []}
        return self.site_language.pages.page(
            "inquiry_status.html",
            status=status,
            number=number,
            path="/answers/yours",
            **values | more,
        )

    async def one(self, answer: str) -> Response:
        """The edition that holds today, and the earlier ones."""
        there = await self._editions(answer)
        holds = next((each for each in there if each.holds(self.today)), None)
        if holds is None:
            raise ProblemError(404, "no-such-answer", self.say("answers.none_such"))
        return self._edition(holds, there)

    async def edition(self, answer: str, edition: int) -> Response:
        """One edition, in force or not."""
        there = await self._editions(answer)
        found = next((each for each in there if each.edition == edition), None)
        if found is None:
            raise ProblemError(404, "no-such-answer", self.say("answers.none_such"))
        return self._edition(found, there)

    async def _editions(self, answer: str) -> list[Edition]:
        async with self.intake.pool.connection() as connection:
            return await editions(connection, answer, self.today, self.site_language.language)

    def _edition(self, shown: Edition, there: list[Edition]) -> Response:
        return self.site_language.pages.page(
            "answer.html",
            shown=shown,
            there=there,
            today=self.today,
            path=f"/answers/{shown.answer}",
        )
