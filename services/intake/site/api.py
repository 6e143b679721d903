"""The routes of the public site, once for each language of the agency."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.agency.profile import ReportType
from services.agency.site import Site
from services.agency.which_number import which_number
from services.hazards.texts import assess_texts
from services.intake.api import read_body
from services.intake.handlers import Intake
from services.intake.pages import after_refusal, read_form
from services.intake.site.drafts import forget_draft, keep_draft
from services.intake.site.follow_up_pages import FollowPages
from services.intake.site.form_answers import missing, on_one_page, safety_asked, wanted
from services.intake.site.form_filing import Filled, blank, file, nearby_reports, read_filled
from services.intake.site.site_language import SiteLanguage, site_in_language
from services.intake.site.type_search import find_types
from services.runtime.clock import now
from services.runtime.problems import ProblemError


def router(intake: Intake, site: Site) -> APIRouter:
    """The routes in every language, the agency's first without a prefix."""
    routes = APIRouter(tags=["public site"], default_response_class=HTMLResponse)
    for language in site.languages:
        routes.include_router(
            _Pages(intake, site, site_in_language(intake.profile, site, language)).routes()
        )

    @routes.get("/leave", include_in_schema=False)
    async def leave() -> Response:
        headers = {"Clear-Site-Data": '"cache"', "Cache-Control": "no-store"}
        return RedirectResponse(site.leave_to, 303, headers)

    @routes.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return RedirectResponse("/static/favicon.svg", 301)

    return routes


class _Pages:
    """The pages of one language."""

    def __init__(self, intake: Intake, site: Site, site_language: SiteLanguage) -> None:
        self.intake, self.site, self.site_language = intake, site, site_language
        self.profile, self.local, self.pages = (
            intake.profile,
            site_language.local,
            site_language.pages,
        )

    def routes(self) -> APIRouter:
        """Addresses to pages."""
        routes = APIRouter(prefix=self.site_language.prefix, default_response_class=HTMLResponse)
        routes.add_api_route("/", self.home, methods=["GET"])
        routes.add_api_route("/find", self.find, methods=["POST"])
        routes.add_api_route("/report/{type_id}", self.ask, methods=["GET"])
        routes.add_api_route("/report/{type_id}/begin", self.begin, methods=["POST"])
        routes.add_api_route("/report/{type_id}/safety", self.take_safety, methods=["POST"])
        routes.add_api_route("/report/{type_id}", self.send, methods=["POST"])
        routes.add_api_route("/which-number", self.numbers, methods=["GET"])
        routes.include_router(FollowPages(self.intake, self.site, self.site_language).routes())
        return routes

    async def home(self) -> Response:
        """Choose or search a type."""
        return self._home(text="", found=None)

    async def find(self, request: Request) -> Response:
        """The types that a few words may mean. Posted, so that the words are in no address."""
        raw, _ = await read_body(request)
        text = read_form(raw).get("text", "").strip()
        outcome = assess_texts([text], "live").outcome
        emergency = {"outcome": outcome, "instruction": self.local.emergency.instruction(outcome)}
        found = find_types(self.profile, self.local, text)
        return self._home(text=text, found=found, emergency=emergency)

    def _home(
        self, *, text: str, found: list[str] | None, emergency: dict[str, str] | None = None
    ) -> Response:
        return self.pages.page(
            "site_home.html",
            text=text,
            found=found,
            types=self.profile.types,
            unknown=self.profile.unknown_type,
            path="/",
            emergency=emergency,
        )

    async def ask(self, request: Request, type_id: str) -> Response:
        """The first questions of a type."""
        known = self._type(type_id)
        if not known.online and "anyway" not in request.query_params:
            return self.pages.page(
                "site_call.html",
                known=known,
                path=f"/report/{known.id}",
                telephone=self._telephone(known),
            )
        return self._first(known, blank(known))

    async def begin(self, request: Request, type_id: str) -> Response:
        """The same, with the words that found it."""
        raw, _ = await read_body(request)
        known = self._type(type_id)
        return self._first(known, blank(known, description=read_form(raw).get("text")))

    def _first(self, known: ReportType, form: dict[str, str], **more: Any) -> Response:
        step = "all" if on_one_page(self.site, known) else "safety"
        return self._form(known, form, step, **more)

    def _form(
        self, known: ReportType, form: dict[str, str], step: str, *, status: int = 200, **more: Any
    ) -> Response:
        values: dict[str, Any] = {
            "error": None,
            "emergency": None,
            "stored": None,
            "known_near": [],
        }
        carried = {
            name: value
            for name, value in form.items()
            if step == "details" and (name.startswith("s_") or name in ("location_text",))
        }
        return self.pages.page(
            "site_form.html",
            status=status,
            known=known,
            form=form,
            step=step,
            carried=carried,
            safety=safety_asked(self.site, known),
            path=f"/report/{known.id}",
            moment=now(),
            **values | more,
        )

    async def take_safety(self, request: Request, type_id: str) -> Response:
        """The safety answers: stored when they are given; an emergency is filed at once."""
        filled = await self._read(request, type_id)
        if filled.diverted:
            return await self._file(filled, "safety")
        form = filled.form | {"form_key": str(filled.key), "type": filled.known.id}
        content = form | {"language": self.site_language.language}
        stored = await keep_draft(
            self.intake, filled.key, filled.assessment.outcome, content, now()
        )
        near = await nearby_reports(self.intake, self.site, filled)
        return self._form(
            filled.known,
            form,
            "details",
            emergency=filled.emergency,
            stored=stored,
            known_near=near,
        )

    async def send(self, request: Request, type_id: str) -> Response:
        """The whole form."""
        filled = await self._read(request, type_id)
        step = "all" if on_one_page(self.site, filled.known) else "details"
        if filled.diverted:
            return await self._file(filled, step)
        if filled.asks_once_more:
            return self._form(filled.known, filled.form, step, emergency=filled.emergency)
        if filled.trouble or (filled.known.attest and not filled.submission.attested):
            key = "form.not_whole" if filled.trouble else "form.attest_missing"
            return self._form(
                filled.known,
                filled.form,
                step,
                status=413 if filled.trouble else 422,
                error=key,
                emergency=filled.emergency,
            )
        if step == "all" and "seen_nearby" not in filled.form:
            near = await nearby_reports(self.intake, self.site, filled)
            if near:
                return self._form(
                    filled.known, filled.form, step, known_near=near, emergency=filled.emergency
                )
        return await self._file(filled, step)

    async def _file(self, filled: Filled, step: str) -> Response:
        try:
            answer = await file(self.intake, filled)
        except ProblemError as problem:
            form, error = after_refusal(filled.form, problem)
            return self._form(
                filled.known,
                form,
                step,
                status=problem.status,
                error=error,
                emergency=filled.emergency,
            )
        await forget_draft(self.intake, filled.key)
        return self.pages.page(
            "report_received.html",
            status=201,
            answer=answer,
            emergency=filled.emergency,
            warnings=filled.submission.warnings,
            anonymous=filled.submission.contact is None,
            known=filled.known,
            form=filled.form,
            safety=safety_asked(self.site, filled.known),
            wanted=wanted(self.site, filled.known),
            path="/",
            moment=now(),
            missing=missing(self.site, filled.known, filled.form),
        )

    async def numbers(self) -> Response:
        """Which number for what."""
        local_time = now().astimezone(self.profile.zone)
        open_now = {id_: hours.open_at(local_time) for id_, hours in self.site.hours.items()}
        return self.pages.page(
            "site_numbers.html",
            rows=which_number(self.profile, self.site),
            open_now=open_now,
            partners=self.profile.partners,
            path="/which-number",
        )

    async def _read(self, request: Request, type_id: str) -> Filled:
        return await read_filled(
            self.intake, self.site, self.site_language, request, self._type(type_id)
        )

    def _type(self, type_id: str) -> ReportType:
        return self.profile.type_or_unknown(type_id)

    def _telephone(self, known: ReportType) -> str:
        desk = self.profile.desks[known.desk]
        return desk.telephone or self.profile.partners[self.site.non_emergency].telephone or ""
