"""The decision of intake: a submission becomes the first event of a report's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from events.envelope import Purpose, report_stream
from events.intake import (
    Contact,
    EmergencyAssessment,
    ReportSubmitted,
    ReportSupplemented,
    Statement,
)
from events.personal import Personal
from services.hazards.structured import Assessment, assess, maximum
from services.hazards.texts import assess_texts
from services.hazards.version import rules_version
from services.intake.domain.salvage import salvage_answers, salvage_texts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.intake import Channel, PartnerReference, ShedCall
    from services.agency.profile import AgencyProfile
    from services.hazards.structured import SafetyAnswers
    from services.intake.domain.submission import Submission

RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """Everything the decision needs; ids, number and PIN hash are arguments."""

    report_id: UUID
    report_number: str
    channel: Channel
    submission: Submission
    assessment: Assessment
    pin_hash: str | None = None
    partner: PartnerReference | None = None
    shed_call: ShedCall | None = None
    medium: str | None = None
    """Medium of the report; None if the channel says enough."""


def assess_answers(
    profile: AgencyProfile, answers: SafetyAnswers, report_type: str | None, purpose: str
) -> Assessment:
    """The hazard rules on the structured answers, for a report of this type."""
    known = profile.types.get(report_type) if report_type else None
    return assess(answers, known.in_progress if known else None, Purpose(purpose))


def assess_report(
    profile: AgencyProfile, submission: Submission, purpose: str | None = None
) -> Assessment:
    """The hazard rules on all answers and texts of a report."""
    why = purpose or submission.purpose
    return maximum(
        assess_answers(profile, submission.safety, submission.type, why),
        assess_texts(submission.texts(), why),
    )


def assess_bytes(profile: AgencyProfile, raw: bytes, purpose: str = "live") -> Assessment:
    """The hazard rules on answers and texts found in bytes that cannot be parsed."""
    return maximum(
        assess_answers(profile, salvage_answers(raw), None, purpose),
        assess_texts(salvage_texts(raw), purpose),
    )


def effective_purpose(given: str, occurred: datetime | None, now: datetime) -> Purpose:
    """The purpose; an import of an incident under 24 hours ago is treated as live."""
    if given == Purpose.IMPORT and occurred is not None and now - occurred < RECENT:
        return Purpose.LIVE
    return Purpose(given)


def submit(command: SubmitReport) -> ReportSubmitted:
    """The event; personal values are sealed at commit."""
    submission, subject = command.submission, report_stream(command.report_id)
    contact = submission.contact
    return ReportSubmitted(
        report_number=command.report_number,
        channel=command.channel,
        medium=command.medium,
        partner=command.partner,
        shed_call=command.shed_call,
        type=submission.type,
        occurred_from=submission.occurred_from,
        occurred_to=submission.occurred_to,
        latitude=submission.latitude,
        longitude=submission.longitude,
        people_described=len(submission.people),
        vehicles_described=len(submission.vehicles),
        safety=submission.safety.model_dump(exclude_none=True),
        emergency=EmergencyAssessment(
            outcome=command.assessment.outcome,
            rules=tuple(reason.rule for reason in command.assessment.reasons),
            rules_version=rules_version(),
        ),
        warnings=tuple(submission.warnings),
        language=submission.language,
        attested=submission.attested,
        statement=Personal[Statement](subject=subject, value=submission.statement()),
        contact=Personal[Contact](subject=f"person-{command.report_id}", value=contact)
        if contact
        else None,
        pin_hash=Personal[str](subject=subject, value=command.pin_hash)
        if command.pin_hash
        else None,
    )


def supplement(command: SubmitReport, revision: int | None = None) -> ReportSupplemented:
    """The event that supplements an existing report; `pin_hash` is not used."""
    submitted = submit(command)
    shared = ReportSupplemented.model_fields.keys() & type(submitted).model_fields.keys()
    facts = {name: getattr(submitted, name) for name in shared}
    return ReportSupplemented(**facts, revision=revision)
