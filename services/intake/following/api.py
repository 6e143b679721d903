"""`/api/v1/reports/{number}`: follow a report with its PIN; supplement, correct, withdraw it.

Text is assessed before number and PIN are checked: the answer states an emergency even when they
are wrong, and reveals nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.access.reader import reader_of
from services.intake.api import emergency_of, parse, read_body, with_emergency
from services.intake.domain.contact_rules import read_rules
from services.intake.domain.report import assess_report
from services.intake.follow_up import follow, let_in
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
from services.intake.following.attaching import Upload
from services.intake.following.follow_up_request import read_details, read_object, says_anything
from services.intake.following.opening import open_attachment
from services.intake.following.searching import search
from services.runtime.clock import now
from services.runtime.identity import CASE_WORKERS, require
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.access.recording import Access
    from services.agency.site import Site
    from services.hazards.structured import Assessment
    from services.intake.domain.submission import Submission
    from services.intake.following.adding import Decide
    from services.intake.handlers import Intake

UPLOAD_SECONDS = 120
NOTHING = "Nothing in it says anything"


def router(intake: Intake, site: Site, access: Access) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/reports", tags=["follow-up"])
    follow_up = _FollowUpRoutes(intake, site)
    routes.add_api_route("/search", follow_up.search, methods=["POST"])
    routes.add_api_route("/{report_number}", follow_up.follow, methods=["GET"])
    routes.add_api_route(
        "/{report_number}/supplements", follow_up.supplement, methods=["POST"], status_code=201
    )
    routes.add_api_route("/{report_number}/withdrawal", follow_up.withdraw, methods=["POST"])
    routes.add_api_route("/{report_number}/contact-rules", follow_up.state_rules, methods=["PUT"])
    routes.add_api_route("/{report_number}/contact-rules", follow_up.rules, methods=["GET"])
    routes.add_api_route(
        "/{report_number}/attachments", follow_up.attach, methods=["POST"], status_code=201
    )

    @routes.get("/{report_number}/attachments/{attachment_id}")
    async def download(request: Request, report_number: str, attachment_id: UUID) -> Response:
        identity = await require(intake.pool, request, CASE_WORKERS, now())
        reader = reader_of(identity, "intake", "api")
        return await open_attachment(intake, access, reader, report_number, attachment_id)

    return routes


class _FollowUpRoutes:
    """The endpoint functions."""

    def __init__(self, intake: Intake, site: Site) -> None:
        self.intake, self.site = intake, site

    async def follow(self, request: Request, report_number: str) -> Response:
        """Status and timeline."""
        pin = request.headers.get("report-pin", "")
        shown = await follow(self.intake, report_number, pin, now(), self.site.expected_hours)
        return _json(shown)

    async def search(self, request: Request) -> Response:
        """Status and timeline by other details; an empty list whatever is wrong with them."""
        raw, _ = await read_body(request)
        details = read_details(read_object(raw))
        return _json({"reports": await search(self.intake, self.site, details, now())})

    async def supplement(self, request: Request, report_number: str) -> Response:
        """Add, or with `"corrects": true` put right."""

        def decide(body: dict[str, Any], submission: Submission, assessed: Assessment) -> Decide:
            if not says_anything(submission):
                raise ProblemError(422, "empty-supplement", NOTHING)
            corrects = body.get("corrects") is True
            return deciding.supplemented(submission, assessed, "api", corrects=corrects)

        return await self._follow_up(request, report_number, decide, status=201)

    async def withdraw(self, request: Request, report_number: str) -> Response:
        """Take it back; `description` may say why."""

        def decide(_: dict[str, Any], submission: Submission, assessed: Assessment) -> Decide:
            return deciding.withdrawn(submission, assessed, "api")

        return await self._follow_up(request, report_number, decide)

    async def _follow_up(
        self,
        request: Request,
        report_number: str,
        decide: Callable[[dict[str, Any], Submission, Assessment], Decide],
        *,
        status: int = 200,
    ) -> Response:
        """Assess, check number and PIN, assess with the report's type, commit, answer."""
        raw, trouble = await read_body(request)
        submission = parse(self.intake, request, raw, trouble)
        body = read_object(raw)
        submission.purpose = (
            "live"  # the report's purpose decides: a supplement to an exercise is an exercise
        )
        submission.kept_as_given.pop("corrects", None)
        submission.warnings = [w for w in submission.warnings if not w.startswith("corrects:")]
        emergency = emergency_of(
            self.intake.profile, assess_report(self.intake.profile, submission)
        )
        row = await with_emergency(emergency, self._let_in(request, report_number))
        typed = submission.type
        submission.type = typed or row.type
        assessed = assess_report(self.intake.profile, submission)
        submission.type = typed
        emergency = emergency_of(self.intake.profile, assessed)

        async def work() -> dict[str, Any]:
            asked = FollowUpRequest(
                row, "api", request.headers.get("idempotency-key"), _request_bytes(request, raw)
            )
            return await add(self.intake, asked, decide(body, submission, assessed), now())

        answer = await with_emergency(emergency, work())
        return _json(answer | {"emergency": emergency, "warnings": submission.warnings}, status)

    async def state_rules(self, request: Request, report_number: str) -> Response:
        """Which ways of contact are safe; what is left out is not."""
        raw, _ = await read_body(request)
        row = await self._let_in(request, report_number)
        rules, doubts = read_rules(read_object(raw))
        asked = FollowUpRequest(
            row, "api", request.headers.get("idempotency-key"), _request_bytes(request, raw)
        )
        answer = await add(self.intake, asked, deciding.ruled(rules, "api"), now())
        return _json(answer | {"warnings": doubts})

    async def rules(self, request: Request, report_number: str) -> Response:
        """As stated last."""
        row = await self._let_in(request, report_number)
        async with self.intake.pool.connection() as connection:
            rules = await contact_rules.rules_of(connection, row.report_id)
        return _json({"rules": rules})

    async def attach(self, request: Request, report_number: str) -> Response:
        """The body is the file; `Attachment-Name` its name, percent-encoded."""
        row = await self._let_in(request, report_number)
        raw, trouble = await read_body(request, attaching.MOST_BYTES, UPLOAD_SECONDS)
        if trouble == "too-large":
            raise attaching.too_large()
        if trouble:
            raise ProblemError(408, "slow-body", "The file did not arrive whole", "Send it again.")
        upload = Upload(unquote(request.headers.get("attachment-name", "")), raw)
        kind = attaching.check(self.intake.attachment_store, upload)
        asked = FollowUpRequest(
            row, "api", request.headers.get("idempotency-key"), _request_bytes(request, raw)
        )
        decide = attaching.attached(self.intake, upload, kind, "api")
        return _json(await add(self.intake, asked, decide, now()), 201)

    def _let_in(self, request: Request, report_number: str) -> Awaitable[Any]:
        return let_in(self.intake, report_number, request.headers.get("report-pin", ""), now())


def _request_bytes(request: Request, raw: bytes) -> bytes:
    """The bytes that identify a repeated request: path and body."""
    return f"{request.method} {request.url.path.rpartition('/')[2]} ".encode() + raw


def _json(answer: dict[str, Any], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(answer), status, headers, "application/json")
