"""The desk's form as a report: read tolerantly, assess, commit with the call taker as actor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from events.envelope import Actor
from services.hazards.structured import Assessment, maximum
from services.intake.api import committed, read_body
from services.intake.desk.call_questions import HANDED_OFF, assess_call, body_of, medium_of
from services.intake.domain.report import assess_bytes
from services.intake.domain.submission import Submission, read_submission
from services.intake.handlers import Intake, Submit
from services.intake.pages import read_form
from services.runtime.clock import new_id, now

if TYPE_CHECKING:
    from fastapi import Request

    from services.agency.profile import AgencyProfile, ReportType

OF_THE_FORM = ("csrf", "do")
"""Fields of the form that are not about the call."""
CONTENT = ("location_text", "contact_phone", "contact_name", "description")
TROUBLE = "the form did not arrive whole; filed as far as it came"


@dataclass(frozen=True, slots=True)
class CallForm:
    """The desk's form as sent: its key, fields, submission and assessment."""

    known: ReportType
    key: UUID
    form: dict[str, str]
    submission: Submission
    assessment: Assessment
    emergency: dict[str, str]

    @property
    def begun(self) -> bool:
        """Whether any field was filled in."""
        return any(self.form.get(name, "").strip() for name in CONTENT) or any(
            name.startswith(("f_", "q_", "vehicle_", "person_")) for name in self.form
        )


def parse_call_form(profile: AgencyProfile, form: dict[str, str]) -> CallForm:
    """Read a form into a submission and assess it; never raises."""
    known = profile.type_or_unknown(form.get("type", ""))
    submission = read_submission(body_of(known, form), profile.known_types, profile.zone, now())
    assessment = assess_call(profile, known, submission, form)
    return CallForm(
        known, key_of(form), form, submission, assessment, emergency_answer(profile, assessment)
    )


def emergency_answer(profile: AgencyProfile, assessment: Assessment) -> dict[str, str]:
    """The outcome and the instruction for it."""
    instruction = profile.emergency.instruction(assessment.outcome)
    return {"outcome": assessment.outcome, "instruction": instruction}


def key_of(form: dict[str, str]) -> UUID:
    """The form's own key; a new one where it has none."""
    try:
        return UUID(form.get("form_key", ""))
    except ValueError:
        return new_id()


async def read_call_form(profile: AgencyProfile, request: Request) -> CallForm:
    """Read the request's form and assess it. Never raises."""
    raw, trouble = await read_body(request)
    found = parse_call_form(profile, read_form(raw))
    if not trouble:
        return found
    found.submission.warnings.append(TROUBLE)
    assessment = maximum(found.assessment, assess_bytes(profile, raw))
    return replace(found, assessment=assessment, emergency=emergency_answer(profile, assessment))


def handed_off(profile: AgencyProfile, found: CallForm) -> CallForm:
    """The form with outcome "divert", because the call taker hands it off."""
    transfer = Assessment(HANDED_OFF.outcome, (HANDED_OFF,))
    assessment = maximum(found.assessment, transfer)
    return replace(found, assessment=assessment, emergency=emergency_answer(profile, assessment))


async def file(intake: Intake, found: CallForm, account: str) -> dict[str, str]:
    """Commit the report, and the pending hand-off of an emergency with it."""
    fields = {name: value for name, value in found.form.items() if name not in OF_THE_FORM}
    command = Submit(
        found.submission,
        found.assessment,
        "api",
        str(found.key),
        repr((found.assessment.outcome, sorted(fields.items()))).encode(),
        sender=f"desk/{account}",
        through="console",
        medium=medium_of(found.form),
        actor=Actor(account, "department", "console"),
    )
    return await committed(intake, command, found.emergency)
