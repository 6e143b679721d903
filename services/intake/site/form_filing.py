"""A form of the site: assess first, then file, then ask for what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from services.hazards.structured import maximum
from services.hazards.texts import assess_texts
from services.intake.api import committed, read_body
from services.intake.domain.report import assess_bytes
from services.intake.domain.submission import read_submission
from services.intake.handlers import Submit
from services.intake.nearby import find_nearby
from services.intake.pages import read_form
from services.intake.site.form_answers import asks_once_more, assess_form, body_of
from services.runtime.clock import new_id, now
from services.runtime.log import logger

if TYPE_CHECKING:
    from fastapi import Request

    from services.agency.profile import ReportType
    from services.agency.site import Site
    from services.hazards.structured import Assessment
    from services.intake.domain.submission import Submission
    from services.intake.handlers import Intake
    from services.intake.nearby import NearbyReport
    from services.intake.site.site_language import SiteLanguage


@dataclass(slots=True)
class Filled:
    """A form as sent: its key, its fields, the submission and the assessment."""

    known: ReportType
    key: UUID
    form: dict[str, str]
    trouble: str | None
    submission: Submission
    assessment: Assessment
    emergency: dict[str, str] = field(default_factory=dict)
    asks_once_more: bool = False
    """The text leaves a doubt about danger that has not been asked about yet."""

    @property
    def diverted(self) -> bool:
        """Whether the outcome is an emergency, so that only a call helps."""
        return self.assessment.outcome == "divert"


def _key_of(form: dict[str, str]) -> UUID:
    """The form's own key; a new one where it has none."""
    try:
        return UUID(form.get("form_key", ""))
    except ValueError:
        return new_id()


async def read_filled(
    intake: Intake, site: Site, site_language: SiteLanguage, request: Request, known: ReportType
) -> Filled:
    """Read the form and assess it. Never raises."""
    raw, trouble = await read_body(request)
    form = read_form(raw)
    profile = intake.profile
    submission = read_submission(
        body_of(site, known, form), profile.known_types, profile.zone, now()
    )
    submission.language = site_language.language
    assessment = assess_form(profile, site, known, submission, form)
    if trouble:
        assessment = maximum(assessment, assess_bytes(profile, raw))
    emergency = {
        "outcome": assessment.outcome,
        "instruction": site_language.local.emergency.instruction(assessment.outcome),
    }
    asks = asks_once_more(assess_texts(submission.texts(), "live"), form)
    return Filled(known, _key_of(form), form, trouble, submission, assessment, emergency, asks)


async def file(intake: Intake, filled: Filled) -> dict[str, str]:
    """Commit the report; ProblemError with the emergency when that fails."""
    command = Submit(
        filled.submission, filled.assessment, "web", str(filled.key), _request_of(filled)
    )
    return await committed(intake, command, filled.emergency)


def _request_of(filled: Filled) -> bytes:
    """The bytes that identify a repeat: the fields, independent of their encoding."""
    return repr(sorted(filled.form.items())).encode()


async def nearby_reports(intake: Intake, site: Site, filled: Filled) -> list[NearbyReport]:
    """Reports nearby; none when Postgres is unavailable, so that the report is not delayed."""
    read, point = filled.submission, None
    if read.latitude is not None and read.longitude is not None:
        point = (read.latitude, read.longitude)
    public = [id_ for id_, question in site.questions.items() if question.public]
    try:
        async with intake.pool.connection() as connection:
            return await find_nearby(
                connection, intake.keyring, filled.known, read.location_text, point, public, now()
            )
    except (psycopg.Error, PoolTimeout, OSError) as error:
        logger().error("site.nearby-unknown", error=type(error).__name__)
        return []


def blank(known: ReportType, **given: Any) -> dict[str, str]:
    """An empty form."""
    return {"form_key": str(new_id()), "type": known.id} | {k: v for k, v in given.items() if v}
