"""The pages of following a report: status, timeline, and the reporting party's actions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.intake import store
from services.intake.api import read_body, with_emergency
from services.intake.domain.contact_rules import read_rules
from services.intake.follow_up import let_in, progress, unknown
from services.intake.following import (
    attaching,
)
from services.intake.following import (
    contact_preferences as contact_rules,
)
from services.intake.following import (
    decisions as deciding,
)
from services.intake.following.adding import FollowUpRequest, add
from services.intake.following.follow_up_request import read_details, says_anything
from services.intake.following.searching import search
from services.intake.following.tickets import make_ticket, read_ticket
from services.intake.pages import read_form
from services.intake.site.addition import read_addition
from services.intake.site.uploads import AT_ONCE, read_upload
from services.runtime.clock import new_id, now
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.agency.site import Site
    from services.intake.following.adding import Decide
    from services.intake.handlers import Intake
    from services.intake.site.addition import Addition
    from services.intake.site.site_language import SiteLanguage

NO_EMERGENCY: dict[str, str] = {}
TICKET_OVER = "ticket-over"
ERRORS = {
    "no-such-report": "status.unknown",
    TICKET_OVER: "status.over",
    "empty-supplement": "follow.empty",
    "empty-file": "follow.file_missing",
    "file-type": "follow.file_type",
    "file-size": "follow.file_size",
    "enough-files": "follow.file_enough",
    "no-attachments": "follow.file_off",
    "erased": "follow.erased",
    "idempotency-key-reused": "follow.sent_before",
    "slow-body": "follow.not_whole",
    "too-large": "form.not_whole",
}
"""The text for each refusal, by problem name; any other is a failure of ours."""


class FollowPages:
    """The pages of one language."""

    def __init__(self, intake: Intake, site: Site, site_language: SiteLanguage) -> None:
        self.intake, self.site, self.site_language = intake, site, site_language
        self.uploads = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> APIRouter:
        """Addresses to pages. A page that changes something or shows it is posted."""
        routes = APIRouter(default_response_class=HTMLResponse)
        first = self.site_language.prefix == ""
        routes.add_api_route(
            "/reports/{report_number}",
            self.ask_pin,
            methods=["GET"],
            name="status_page" if first else f"status_page_{self.site_language.language}",
        )
        routes.add_api_route("/reports", self.ask_number, methods=["GET"])
        routes.add_api_route("/reports", self.show, methods=["POST"])
        routes.add_api_route("/reports/search", self.search, methods=["POST"])
        routes.add_api_route("/reports/add", self.add, methods=["POST"])
        routes.add_api_route("/reports/withdraw", self.withdraw, methods=["POST"])
        routes.add_api_route("/reports/contact", self.state_rules, methods=["POST"])
        routes.add_api_route("/reports/file", self.attach, methods=["POST"])
        return routes

    async def ask_pin(self, report_number: str) -> Response:
        """Ask for the PIN."""
        return self._page(report_number)

    async def ask_number(self) -> Response:
        """Ask for number and PIN."""
        return self._page("")

    async def show(self, request: Request) -> Response:
        """The status and its timeline."""
        form = read_form((await read_body(request))[0])
        number = form.get("report_number", "")
        try:
            row = await with_emergency({}, let_in(self.intake, number, form.get("pin", ""), now()))
        except ProblemError as problem:
            return self._page(number, status=problem.status, error=_error(problem))
        return await self._report_state(row)

    async def search(self, request: Request) -> Response:
        """The status by other details than number and PIN."""
        form = read_form((await read_body(request))[0])
        looking = search(self.intake, self.site, read_details(form), now())
        try:
            found = await with_emergency({}, looking)
        except ProblemError as problem:
            return self._page("", status=problem.status, error=_error(problem), form=form)
        return self._page("", found=found, form=form)

    async def add(self, request: Request) -> Response:
        """Add something, or put it right."""

        def decide(addition: Addition) -> Decide:
            if not says_anything(addition.submission):
                raise ProblemError(422, "empty-supplement", "Nothing in it says anything")
            return deciding.supplemented(
                addition.submission, addition.assessment, "web", corrects=addition.corrects
            )

        return await self._follow_up(request, "add", decide)

    async def withdraw(self, request: Request) -> Response:
        """Take the report back."""

        def decide(addition: Addition) -> Decide:
            return deciding.withdrawn(addition.submission, addition.assessment, "web")

        return await self._follow_up(request, "withdraw", decide)

    async def _follow_up(
        self, request: Request, opened: str, decide: Callable[[Addition], Decide]
    ) -> Response:
        """Assess the text, check number and PIN, act; the answer's first part is the emergency."""
        raw, trouble = await read_body(request)
        form = read_form(raw)
        addition = read_addition(
            self.intake, self.site, self.site_language, form, raw if trouble else None
        )
        try:
            if trouble:
                raise ProblemError(413, "too-large", "The form did not arrive whole")
            row = await self._opened_report(form)
            addition = read_addition(
                self.intake, self.site, self.site_language, form, None, row.type
            )
            asked = FollowUpRequest(row, "web", form.get("form_key"), _request(opened, form))
            answer = await with_emergency({}, add(self.intake, asked, decide(addition), now()))
        except ProblemError as problem:
            return await self._refused(problem, form, opened, addition.emergency)
        done = "correct" if opened == "add" and addition.corrects else opened
        return await self._report_state(
            row, done=done if answer["added"] else "already", emergency=addition.emergency
        )

    async def state_rules(self, request: Request) -> Response:
        """Which ways of contact are safe."""
        form = read_form((await read_body(request))[0])
        rules, doubts = read_rules(form)
        answers = {
            "follow.hours_unclear" if d.startswith("hours") else "follow.unclear" for d in doubts
        }
        try:
            row = await self._opened_report(form)
            asked = FollowUpRequest(row, "web", form.get("form_key"), _request("contact", form))
            work = add(self.intake, asked, deciding.ruled(rules, "web"), now())
            await with_emergency({}, work)
        except ProblemError as problem:
            return await self._refused(problem, form, "contact", NO_EMERGENCY)
        return await self._report_state(row, done="contact", doubts=sorted(answers))

    async def attach(self, request: Request) -> Response:
        """A file joins the report."""
        form, upload, trouble = await read_upload(request, self.uploads)
        try:
            if trouble:
                raise trouble
            row = await self._opened_report(form)
            if upload is None:
                raise ProblemError(422, "empty-file", "There is no file")
            kind = attaching.check(self.intake.attachment_store, upload)
            asked = FollowUpRequest(row, "web", None, b"")
            decide = attaching.attached(self.intake, upload, kind, "web")
            answer = await with_emergency({}, add(self.intake, asked, decide, now()))
        except ProblemError as problem:
            return await self._refused(problem, form, "file", NO_EMERGENCY)
        return await self._report_state(row, done="file" if answer["added"] else "already")

    async def _opened_report(self, form: dict[str, str]) -> store.ReportRow:
        """The report of the form's ticket, or of its number and PIN."""
        ticket = form.get("ticket")
        if not ticket:
            number, pin = form.get("report_number", ""), form.get("pin", "")
            return await with_emergency({}, let_in(self.intake, number, pin, now()))
        number = read_ticket(self.intake.keyring, ticket, now()) or ""
        if not number:
            raise ProblemError(403, TICKET_OVER, "Give number and PIN again")
        return await with_emergency({}, self._row(number))

    async def _row(self, number: str) -> store.ReportRow:
        async with self.intake.pool.connection() as connection:
            row = await store.find_report(connection, number)
        if row is None:
            raise unknown()
        return row

    async def _refused(
        self, problem: ProblemError, form: dict[str, str], opened: str, emergency: dict[str, str]
    ) -> Response:
        """The same form again with everything typed, under a new key, because its content may
        change.
        """
        ticket = form.get("ticket", "")
        number = read_ticket(self.intake.keyring, ticket, now())
        reused = problem.name == "idempotency-key-reused"
        return self._page(
            number or form.get("report_number", ""),
            status=problem.status,
            form=form,
            error=_error(problem),
            opened=opened,
            emergency=emergency,
            ticket=ticket if number else None,
            form_key=str(new_id()) if reused else form.get("form_key") or str(new_id()),
        )

    async def _report_state(self, row: store.ReportRow, **more: Any) -> Response:
        async with self.intake.pool.connection() as connection:
            shown = await progress(connection, row, now(), self.site.expected_hours)
            rules = await contact_rules.rules_of(connection, row.report_id)
        ticket = make_ticket(self.intake.keyring, row.report_number, now())
        return self._page(row.report_number, progress=shown, rules=rules, ticket=ticket, **more)

    def _page(self, number: str, *, status: int = 200, **more: Any) -> Response:
        values: dict[str, Any] = {
            "progress": None,
            "error": None,
            "emergency": None,
            "done": None,
            "doubts": [],
            "found": None,
            "rules": None,
            "ticket": None,
            "opened": None,
            "form": {},
            "form_key": str(new_id()),
            "files_taken": self.intake.attachment_store.open,
            "file_megabytes": attaching.MOST_BYTES // attaching.MEBIBYTE,
            "file_most": attaching.MOST_FILES,
        }
        return self.site_language.pages.page(
            "report_status.html",
            status=status,
            report_number=number,
            path="/reports",
            **values | more,
        )


def _error(problem: ProblemError) -> str:
    return ERRORS.get(problem.name, "status.trouble")


def _request(opened: str, form: dict[str, str]) -> bytes:
    """The bytes that identify a repeat: what was typed, without the ticket."""
    typed = {name: text for name, text in form.items() if name not in ("ticket", "pin")}
    return repr((opened, sorted(typed.items()))).encode()
