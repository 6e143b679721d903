"""The decision about one report: pure in the report, its neighbours, the profile and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from events.triage import Reason, ReportTriaged
from services.agency.classification import classify
from services.agency.urgency import decide_severity, decide_urgency
from services.hazards.structured import Assessment, SafetyAnswers, assess, maximum
from services.hazards.structured import Reason as RuleReason
from services.triage.domain.duplicates import Candidate, Found, find_duplicates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Purpose
    from events.intake import Outcome, ReportSubmitted
    from services.agency.classification import Classification
    from services.agency.profile import AgencyProfile, ReportType

UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One report as triage sees it; `text` is plaintext and never leaves this process."""

    report_id: UUID
    submitted: ReportSubmitted
    text: str
    purpose: Purpose
    received_at: datetime

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as far as anybody said."""
        submitted = self.submitted
        called_at = submitted.shed_call.called_at if submitted.shed_call else None
        return submitted.occurred_from or submitted.occurred_to or called_at or self.received_at


def classification_of(profile: AgencyProfile, facts: ReportFacts) -> Classification:
    """The type: as declared, else by the profile's key words."""
    return classify(profile, facts.submitted.type, facts.text)


def window(profile: AgencyProfile, facts: ReportFacts, report_type: str) -> timedelta:
    """How far apart in time two reports of this type may be one incident."""
    return timedelta(hours=profile.type_or_unknown(report_type).duplicate_horizon_hours)


def decide(
    profile: AgencyProfile, facts: ReportFacts, candidates: Sequence[Candidate], now: datetime
) -> ReportTriaged:
    """One decision with its reasons. The same arguments give the same decision, byte for byte."""
    found_type = classification_of(profile, facts)
    known = profile.type_or_unknown(found_type.type)
    answers = SafetyAnswers(**facts.submitted.safety)
    emergency = _emergency(profile, facts, answers, found_type.type)
    urgency, urgency_cell = decide_urgency(
        emergency.outcome,
        answers,
        minutes_ago=_minutes_ago(facts),
        leads=bool(facts.submitted.people_described or facts.submitted.vehicles_described),
        base=known.urgency,
    )
    severity, severity_cell = decide_severity(answers, base=known.severity)
    submitted = facts.submitted
    district = profile.districts.at(submitted.latitude, submitted.longitude)
    duplicates = _duplicates(facts, candidates, known)
    source = "declared" if found_type.declared else "key-words"
    return ReportTriaged(
        report_id=facts.report_id,
        report_number=submitted.report_number,
        emergency=emergency.outcome,
        type=found_type.type,
        urgency=urgency,
        severity=severity,
        desk=known.desk,
        district=district,
        anchor=duplicates.anchor,
        links=duplicates.links,
        reasons=(
            *(Reason(of="emergency", rule=reason.rule) for reason in emergency.reasons),
            Reason(of="type", rule=source, detail=_spans(found_type)),
            Reason(of="urgency", rule=urgency_cell),
            Reason(of="severity", rule=severity_cell),
            Reason(of="district", rule="polygon" if district else "no-place"),
            Reason(of="desk", rule=f"type/{known.id}"),
            Reason(of="links", rule="same-type-near" if duplicates.links else "none"),
        ),
        bundle=profile.digest,
        decided_at=now,
    )


def fail_safe(profile: AgencyProfile, facts: ReportFacts, now: datetime) -> ReportTriaged:
    """The decision about a report that could not be decided: ask, and let a person look at it."""
    unknown = profile.type_or_unknown("")
    given: Outcome = facts.submitted.emergency.outcome
    return ReportTriaged(
        report_id=facts.report_id,
        report_number=facts.submitted.report_number,
        emergency="divert" if given == "divert" else "confirm",
        type=facts.submitted.type or unknown.id,
        urgency=0 if given == "divert" else 1,
        severity=unknown.severity,
        desk=unknown.desk,
        anchor=facts.report_id,
        reasons=(Reason(of="emergency", rule=UNDECIDABLE),),
        bundle=profile.digest,
        decided_at=now,
    )


def _emergency(
    profile: AgencyProfile, facts: ReportFacts, answers: SafetyAnswers, report_type: str
) -> Assessment:
    """What intake said, or worse now that the type is known (I7: software only raises)."""
    known = profile.types.get(report_type)
    again = assess(answers, known.in_progress if known else None, facts.purpose)
    before = facts.submitted.emergency
    return maximum(again, intake_assessment(before.outcome, before.rules))


def intake_assessment(outcome: Outcome, rules: Sequence[str]) -> Assessment:
    """Intake's assessment as one that can be compared."""
    return Assessment(outcome, tuple(RuleReason(rule, outcome) for rule in rules))


def _minutes_ago(facts: ReportFacts) -> int | None:
    happened = facts.submitted.occurred_to or facts.submitted.occurred_from
    if happened is None:
        return None
    return max(0, int((facts.received_at - happened).total_seconds() // 60))


def _duplicates(facts: ReportFacts, candidates: Sequence[Candidate], known: ReportType) -> Found:
    submitted = facts.submitted
    if not known.duplicate_horizon_hours:
        return Found(facts.report_id, ())
    if submitted.latitude is None or submitted.longitude is None:
        return Found(facts.report_id, ())
    own = Candidate(
        facts.report_id, submitted.report_number, submitted.latitude, submitted.longitude,
        facts.occurred_at, facts.received_at, None,
    )  # fmt: skip
    return find_duplicates(
        own, candidates, known.duplicate_distance_metres, known.duplicate_horizon_hours
    )


def _spans(found: Classification) -> str:
    """Where the key words stand, never what they are."""
    return " ".join(
        f"{start}-{end}" for start, end in cast("Sequence[tuple[int, int]]", found.matched)
    )
