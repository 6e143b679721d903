"""The public pages: the report form, its answer, and a report's status. No JavaScript is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.intake.api import committed, emergency_of, read_body
from services.intake.domain.report import assess_answers
from services.intake.domain.salvage import salvage_answers
from services.intake.domain.submission import read_submission
from services.intake.follow_up import follow
from services.intake.handlers import Intake, Submit
from services.runtime.clock import new_id, now
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).parent / "templates"
SAFETY_QUESTIONS = (
    ("happening_now", "Is it happening now?"),
    ("weapon", "Is there a weapon?"),
    ("injury", "Is anybody hurt?"),
    ("fire_smoke_gas", "Is there fire, smoke or a smell of gas?"),
    ("suspect_present", "Is the person who did it still there?"),
    ("vulnerable_missing", "Is a child or another vulnerable person missing?"),
    ("self_harm", "Is somebody thinking of harming themselves?"),
)
Form = dict[str, str]


def router(intake: Intake) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(tags=["public pages"], default_response_class=HTMLResponse)
    profile = intake.profile
    pages = Pages(TEMPLATES, agency=profile.name, live=profile.live, zone=profile.zone)

    def form_page(
        form: Form, *, status: int = 200, error: str | None = None, emergency: Any = None
    ) -> Response:
        return pages.page(
            "report_form.html", status=status, form=form, error=error, emergency=emergency,
            questions=SAFETY_QUESTIONS, types=profile.types.values(),
        )  # fmt: skip

    @routes.get("/")
    async def report_form() -> Response:
        return form_page({"form_key": str(new_id())})

    @routes.post("/")
    async def file_from_form(request: Request) -> Response:
        raw, trouble = await read_body(request)
        form = read_form(raw)
        submission = read_submission(to_body(form), profile.known_types, profile.zone, now())
        if trouble:
            submission.safety = salvage_answers(_as_json_like(form))
        assessment = assess_answers(profile, submission.safety, submission.type, "live")
        emergency = emergency_of(profile, assessment)
        if trouble or not submission.says_something:
            error = (
                "The form did not arrive whole."
                if trouble
                else "Say what happened, or choose a type."
            )
            return form_page(form, status=413 if trouble else 422, error=error, emergency=emergency)
        command = Submit(submission, assessment, "web", form.get("form_key"), raw)
        try:
            answer = await committed(intake, command, emergency)
        except ProblemError as problem:
            form, error = after_refusal(form, problem)
            return form_page(form, status=problem.status, error=error, emergency=emergency)
        return pages.page(
            "report_received.html", status=201, answer=answer, emergency=emergency,
            warnings=submission.warnings, anonymous=submission.contact is None,
        )  # fmt: skip

    @routes.get("/reports/{report_number}", name="status_page")
    async def status_page(report_number: str) -> Response:
        return pages.page(
            "report_status.html", report_number=report_number, progress=None, error=None
        )

    @routes.get("/reports")
    async def status_search() -> Response:
        return pages.page("report_status.html", report_number="", progress=None, error=None)

    @routes.post("/reports")
    async def show_status(request: Request) -> Response:
        raw, _ = await read_body(request)
        form = read_form(raw)
        number = form.get("report_number", "")
        try:
            progress = await follow(intake, number, form.get("pin", ""), now())
        except ProblemError as problem:
            return pages.page(
                "report_status.html", status=problem.status, report_number=number, progress=None,
                error=f"{problem.title}. {problem.detail}",
            )  # fmt: skip
        return pages.page("report_status.html", report_number=number, progress=progress, error=None)

    return routes


def after_refusal(form: Form, problem: ProblemError) -> tuple[Form, str]:
    """The form to show again and why. Changed after it was sent, it gets a key of its own."""
    if problem.name != "idempotency-key-reused":
        return form, f"{problem.title}. {problem.detail}"
    return form | {"form_key": str(new_id())}, (
        "This form was sent before with other content, and that report is filed."
        " Send it again to file this as a report of its own."
    )


def read_form(raw: bytes) -> Form:
    """The fields of a URL-encoded form; the last value of a repeated field. Never raises."""
    text = raw.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=False, max_num_fields=200))
    except ValueError:
        return {}


def to_body(form: Mapping[str, str]) -> dict[str, Any]:
    """The form as the body of `POST /api/v1/reports`."""

    def some(*names: str) -> dict[str, Any]:
        return {name.split("_", 1)[1]: form[name] for name in names if form.get(name)}

    people = some("person_role", "person_description")
    vehicle = some("vehicle_plate", "vehicle_make", "vehicle_model", "vehicle_colour")
    contact = some("contact_name", "contact_phone", "contact_email")
    if contact and form.get("contact_safe"):
        contact["safe_to_contact"] = form["contact_safe"] == "yes"
    body: dict[str, Any] = {
        "type": form.get("type"),
        "description": form.get("description"),
        "occurred": some("occurred_from", "occurred_to"),
        "location": some("location_text") | _coordinates(form),
        "people": [people] if people else [],
        "vehicles": [vehicle] if vehicle else [],
        "contact": contact,
        "safety": {name: form[name] for name, _ in SAFETY_QUESTIONS if form.get(name)},
    }
    return {name: value for name, value in body.items() if value}


def _coordinates(form: Mapping[str, str]) -> dict[str, Any]:
    given = {
        name: form[f"location_{name}"]
        for name in ("latitude", "longitude")
        if form.get(f"location_{name}")
    }
    read: dict[str, Any] = {}
    for name, text in given.items():
        try:
            read[name] = float(text)
        except ValueError:
            read[name] = text
    return read


def _as_json_like(form: Mapping[str, str]) -> bytes:
    return "".join(f'"{name}":"{value}"' for name, value in form.items()).encode()
