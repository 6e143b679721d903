"""`/api/v1/reports`: file a report.

Every problem carries the member `emergency`: the assessment of the part of the request that could
be read (mission.md, safety rules).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import Response
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect

from events.codec import TooLargeError
from services.intake.domain.report import assess_bytes, assess_report
from services.intake.domain.submission import Submission, read_submission
from services.intake.handlers import Intake, Submit, submit_report
from services.runtime.clock import now
from services.runtime.log import logger
from services.runtime.problems import ProblemError, unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Assessment

Done = TypeVar("Done")
MOST_BYTES = 32 * 1024
"""Bytes of a request body; with base64 and encryption it still fits an event of 60,000 bytes."""
SALVAGED_BYTES = 1024 * 1024
BODY_SECONDS = 15


def emergency_of(profile: AgencyProfile, assessment: Assessment) -> dict[str, str]:
    """The outcome of the assessment and the instruction for it, in the agency's words."""
    return {
        "outcome": assessment.outcome,
        "instruction": profile.emergency.instruction(assessment.outcome),
    }


async def read_body(
    request: Request, most: int = MOST_BYTES, seconds: float = BODY_SECONDS
) -> tuple[bytes, str | None]:
    """The body as far as it arrived, and None, "too-large", "slow" or "disconnected"."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max(most, SALVAGED_BYTES):
                    break
    except TimeoutError:
        return bytes(body), "slow"
    except ClientDisconnect:
        return bytes(body), "disconnected"
    return bytes(body), "too-large" if len(body) > most else None


def router(intake: Intake) -> APIRouter:
    """The routes, on handlers that are already composed."""
    routes = APIRouter(prefix="/api/v1/reports", tags=["reports"])

    @routes.post("", status_code=201)
    async def file_a_report(request: Request) -> Response:
        raw, trouble = await read_body(request)
        submission = parse(intake, request, raw, trouble)
        assessment = assess_report(intake.profile, submission)
        emergency = emergency_of(intake.profile, assessment)
        if not submission.says_something:
            raise ProblemError(
                422,
                "empty-report",
                "A report needs a description or a type",
                "Send at least one of description and type as a text.",
                emergency=emergency,
            )
        key = request.headers.get("idempotency-key")
        command = Submit(submission, assessment, "api", key, raw)
        answer = await committed(intake, command, emergency)
        return _created(request, answer, emergency, submission)

    return routes


def parse(intake: Intake, request: Request, raw: bytes, trouble: str | None) -> Submission:
    """The submission; ProblemError with the assessment of the raw bytes when it cannot be read."""
    profile = intake.profile

    def problem(status: int, name: str, title: str, detail: str) -> ProblemError:
        assessment = assess_bytes(profile, raw)
        return ProblemError(
            status, name, title, detail, emergency=emergency_of(profile, assessment)
        )

    if trouble == "too-large":
        raise problem(413, "too-large", "The report is too large", f"At most {MOST_BYTES} bytes.")
    if trouble:
        raise problem(408, "slow-body", "The report did not arrive whole", "Send it again.")
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if media_type.lower() not in ("application/json", "text/json") and not media_type.endswith(
        "+json"
    ):
        raise problem(415, "media-type", "A report is JSON", "Send content-type: application/json.")
    try:
        body: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        detail = f"line {error.lineno}, column {error.colno}"
        raise problem(400, "unreadable", "The body is not JSON", detail) from None
    if not isinstance(body, dict):
        raise problem(400, "unreadable", "The body is not a JSON object", "Send one report.")
    return read_submission(body, profile.known_types, profile.zone, now())


async def committed(intake: Intake, command: Submit, emergency: dict[str, str]) -> dict[str, str]:
    """The answer after the commit; every failure becomes a problem with the member `emergency`."""
    return await with_emergency(emergency, submit_report(intake, command, now()))


async def with_emergency(emergency: dict[str, str], work: Awaitable[Done]) -> Done:
    """The result of `work`; every failure becomes a problem with the member `emergency`."""
    try:
        return await work
    except ProblemError as error:
        error.extra.setdefault("emergency", emergency)
        raise
    except TooLargeError:
        raise ProblemError(
            413,
            "too-large",
            "The report is too large",
            f"At most {MOST_BYTES} bytes.",
            emergency=emergency,
        ) from None
    except (psycopg.Error, PoolTimeout, TimeoutError, OSError) as error:
        logger().error("intake.not-committed", error=type(error).__name__)
        raise unavailable(emergency=emergency) from None
    except Exception as error:
        logger().error("intake.unexpected", error=type(error).__name__)
        raise ProblemError(
            500,
            "unexpected",
            "Something went wrong on our side",
            "Nothing was kept.",
            emergency=emergency,
        ) from None


def _created(
    request: Request, answer: dict[str, str], emergency: dict[str, str], submission: Submission
) -> Response:
    status_url = str(request.url_for("status_page", report_number=answer["report_number"]))
    body = {
        "report_id": answer["report_id"],
        "report_number": answer["report_number"],
        "pin": answer["pin"],
        "status_url": status_url,
        "emergency": emergency,
        "warnings": submission.warnings,
    }
    return Response(
        orjson.dumps(body),
        201,
        {"Location": status_url, "Cache-Control": "no-store"},
        "application/json",
    )
