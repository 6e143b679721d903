"""A supplement in a form of the site: read, and assessed first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.hazards.structured import SafetyAnswers, maximum
from services.intake.domain.report import assess_bytes
from services.intake.domain.submission import read_submission
from services.intake.pages import to_body
from services.intake.site.form_answers import AGAIN, SAFETY, assess_form
from services.runtime.clock import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.agency.site import Site
    from services.hazards.structured import Assessment
    from services.intake.domain.submission import Submission
    from services.intake.handlers import Intake
    from services.intake.site.site_language import SiteLanguage


@dataclass(frozen=True, slots=True)
class Addition:
    """The supplement, its assessment, and the instruction for it."""

    submission: Submission
    assessment: Assessment
    corrects: bool
    emergency: dict[str, str]


def read_addition(
    intake: Intake,
    site: Site,
    site_language: SiteLanguage,
    form: Mapping[str, str],
    damaged: bytes | None,
    report_type: str | None = None,
) -> Addition:
    """Read and assess it, as one to a report of this type if it is known. Never raises.

    `damaged`: the form did not arrive whole.
    """
    profile = intake.profile
    submission = read_submission(_body(form), profile.known_types, profile.zone, now())
    submission.language = site_language.language
    known = profile.type_or_unknown(report_type or "")
    typed = replace(submission, type=report_type)
    assessment = assess_form(profile, site, known, typed, form)
    if damaged is not None:
        assessment = maximum(assessment, assess_bytes(profile, damaged))
    emergency = {
        "outcome": assessment.outcome,
        "instruction": site_language.local.emergency.instruction(assessment.outcome),
    }
    return Addition(submission, assessment, form.get("kind") == "correct", emergency)


def _body(form: Mapping[str, str]) -> dict[str, Any]:
    """The one safety question covers every danger: no denies each, any other answer is unsure of
    each.
    """
    body = to_body(form)
    again = form.get(SAFETY + AGAIN)
    if again:
        answer = "no" if again == "no" else "unsure"
        body["safety"] = dict.fromkeys(SafetyAnswers.model_fields, answer)
    body.pop("type", None)
    return body
