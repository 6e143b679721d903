"""The events to commit for a partner's event and its id's history. Pure; time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid5

from events.envelope import Actor, Cause, CauseKind, Purpose, report_stream
from events.intake import Outcome, ReferralAnswerReceived
from events.personal import Personal
from services.intake.domain.report import (
    SubmitReport,
    assess_report,
    effective_purpose,
    submit,
    supplement,
)
from services.runtime.event_store import Decided, Occasion

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted, ReportSupplemented
    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Assessment
    from services.intake.domain.inbound import PartnerReport
    from services.intake.domain.referral_answer import AnsweredReferral
    from services.intake.partners.referrals import Referral


NOTHING: Outcome = "none"
"""The outcome of a referral's answer: it reports no danger."""


def purpose_of(report: PartnerReport, moment: datetime) -> Purpose:
    """The report's purpose as the partner states it, but a recent import is live."""
    return effective_purpose(report.purpose, report.submission.occurred_from, moment)


def assessment_of(profile: AgencyProfile, report: PartnerReport, purpose: Purpose) -> Assessment:
    """The hazard rules on a partner's report."""
    return assess_report(profile, report.submission, purpose)


def _command(
    profile: AgencyProfile, report: PartnerReport, number: str, purpose: Purpose
) -> SubmitReport:
    return SubmitReport(
        report.cause_id,
        number,
        "partner",
        report.submission,
        assessment_of(profile, report, purpose),
        partner=report.reference,
        shed_call=report.shed_call,
    )


def first(
    profile: AgencyProfile, report: PartnerReport, number: str, through: str, moment: datetime
) -> tuple[Decided, ReportSubmitted]:
    """The first event of the report that a partner's event becomes."""
    purpose = purpose_of(report, moment)
    event = submit(_command(profile, report, number, purpose))
    occasion = _occasion(report, report.cause_id, report.cause_id, purpose, "submit", through)
    return Decided(report_stream(report.cause_id), 0, (event,), occasion), event


def changed(
    profile: AgencyProfile,
    report: PartnerReport,
    number: str,
    revision: int,
    version: int,
    through: str,
    moment: datetime,
) -> tuple[Decided, ReportSupplemented]:
    """The supplement for other content under a known id, after `version` of its stream."""
    purpose = purpose_of(report, moment)
    event = supplement(_command(profile, report, number, purpose), revision)
    cause = uuid5(report.cause_id, report.digest.hex())
    occasion = _occasion(report, cause, report.cause_id, purpose, "supplement", through)
    return Decided(report_stream(report.cause_id), version, (event,), occasion), event


def answered(answer: AnsweredReferral, referral: Referral, version: int, through: str) -> Decided:
    """The event for a partner's answer to a referral."""
    stream = report_stream(referral.report_id)
    event = ReferralAnswerReceived(
        report_number=answer.report_number,
        partner=answer.reference,
        answer=answer.answer,
        number=answer.number,
        answered_at=answer.answered_at,
        expected_on=answer.expected_on,
        warnings=answer.warnings,
        words=Personal[str](subject=stream, value=answer.words) if answer.words else None,
    )
    purpose = Purpose(referral.purpose)
    occasion = _occasion(answer, answer.cause_id, referral.report_id, purpose, "answer", through)
    return Decided(stream, version, (event,), occasion)


def _occasion(
    fact: PartnerReport | AnsweredReferral,
    cause: UUID,
    correlation: UUID,
    purpose: Purpose,
    handler: str,
    through: str,
) -> Occasion:
    return Occasion(
        actor=Actor("partner", fact.reference.partner, through),
        purpose=purpose,
        cause=Cause(CauseKind.PARTNER, cause),
        correlation_id=correlation,
        handler=handler,
    )
