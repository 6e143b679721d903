"""`/api/v1/answers` and `/api/v1/inquiries` as JSON.

Every answer about a question carries its assessment, also when the question is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import UUID

import orjson
import psycopg
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from psycopg_pool import PoolTimeout

from events.intake import Part
from services.agency.translating import in_language
from services.hazards.structured import Answer
from services.intake.api import read_body
from services.intake.inquiries.answers import editions, in_force, named
from services.intake.inquiries.inquiry_request import MOST_CHARACTERS, read_question
from services.intake.inquiries.inquiry_status import follow
from services.intake.inquiries.inquiry_submission import ask, file_emergency, leave_open
from services.intake.inquiries.publishing import refusals_as_problems
from services.runtime.clock import now
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from datetime import date

    from services.agency.site import Site
    from services.intake.handlers import Intake
    from services.intake.inquiries.inquiry_request import Read

Language = Annotated[str | None, Query(pattern=r"^[a-z]{2}$")]
Subject = Annotated[str | None, Query(max_length=60)]
NO_STORE = {"Cache-Control": "no-store"}
TROUBLES = {
    "empty": (422, "empty-question", "A question needs words", "Send question as a text."),
    "too-large": (413, "too-large", "The question is too large", "Ask it in fewer words."),
    "unreadable": (400, "unreadable", "The body is not a JSON object", "Send one question."),
}
BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["question"],
                "properties": {
                    "question": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
                    "language": {"type": "string", "pattern": "^[a-z]{2}$"},
                    "danger": {"enum": list(get_args(Answer))},
                },
            }
        }
    },
}


def router(intake: Intake, site: Site) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1", tags=["answers"])
    texts = {each: in_language(intake.profile, site, each).emergency for each in site.languages}

    def known_language(language: object) -> str:
        known = isinstance(language, str) and language in texts
        return str(language) if known else site.first_language

    def today() -> date:
        return now().astimezone(intake.profile.zone).date()

    @routes.get("/answers")
    async def answers(subject: Subject = None, language: Language = None) -> Response:
        async with intake.pool.connection() as connection:
            listed = await in_force(connection, today(), known_language(language))
        items = [each.as_json() for each in listed if subject in (None, each.subject)]
        return _json({"items": items})

    @routes.get("/answers/{answer}")
    async def answer(answer: str, language: Language = None) -> Response:
        async with intake.pool.connection() as connection:
            there = await editions(connection, answer, today(), known_language(language))
        if not there:
            raise ProblemError(404, "no-such-answer", "There is no such answer")
        holds = next((each.as_json() for each in there if each.holds(today())), None)
        return _json({"in_force": holds, "editions": [each.as_json() for each in there]})

    @routes.post("/inquiries", status_code=201, openapi_extra={"requestBody": BODY})
    async def inquire(request: Request) -> Response:
        raw, trouble = await read_body(request)
        body = _object(raw)
        language = known_language(body.get("language")) if body is not None else site.first_language
        wrong = trouble or ("unreadable" if body is None else None)
        read = read_question(
            intake.profile,
            texts[language],
            body or {},
            "api",
            language,
            request.headers.get("idempotency-key"),
            wrong,
            raw if wrong else b"",
        )
        return _json(await _answer_question(intake, read, today()), 201)

    @routes.post("/inquiries/{inquiry_id}/not-helpful", status_code=201)
    async def not_helpful(inquiry_id: UUID) -> Response:
        with refusals_as_problems():
            outcome = await leave_open(intake, inquiry_id, "api", now())
        return _json(outcome, 201)

    @routes.get("/inquiries/{inquiry_number}")
    async def yours(request: Request, inquiry_number: str) -> Response:
        pin = request.headers.get("inquiry-pin", "")
        progress = await follow(intake, inquiry_number, pin, now())
        return _json(progress)

    return routes


async def _answer_question(intake: Intake, read: Read, day: date) -> dict[str, Any]:
    emergency, question = read.emergency, read.question
    if read.trouble:
        status, name, title, detail = TROUBLES.get(
            read.trouble, (408, "slow-body", "The question did not arrive whole", "Send it again.")
        )
        raise ProblemError(status, name, title, detail, emergency=emergency)
    try:
        report = None
        if question.diverted:
            report = await file_emergency(intake, question, emergency, now())
        outcome = await ask(intake, question, day, now(), report=report)
        async with intake.pool.connection() as connection:
            shown = [(answer, edition) for answer, edition in outcome["shown"]]
            found = await named(connection, shown, question.language) if shown else []
    except ProblemError as problem:
        problem.extra.setdefault("emergency", emergency)
        raise
    except (psycopg.Error, PoolTimeout, TimeoutError, OSError) as error:
        logger().error("inquiries.not-committed", error=type(error).__name__)
        raise unavailable(emergency=emergency) from None
    return {
        "inquiry_id": outcome["inquiry_id"],
        "inquiry_number": outcome["inquiry_number"],
        "pin": outcome["pin"],
        "emergency": emergency,
        "report": report,
        "answers": [each.as_json() for each in found],
    }


def _part(value: object) -> object:
    if isinstance(value, Part):
        return value.model_dump()
    raise TypeError(type(value).__name__)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _json(body: object, status: int = 200) -> Response:
    content = orjson.dumps(body, default=_part)
    return Response(content, status, NO_STORE, "application/json")
