"""The decision about one report: pure in the report, its neighbours, the bundle and the time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Purpose
from events.triage import Reason, ReportTriaged
from services.agency.urgency import decide_severity, decide_urgency
from services.hazards.structured import Assessment, SafetyAnswers, assess, maximum
from services.hazards.structured import Reason as RuleReason
from services.triage.domain.duplicates import Limits, find_duplicates
from services.triage.domain.kind import Kind, kind_of
from services.triage.domain.places import fixed
from services.triage.domain.plates import confusable_form, plate_of
from services.triage.domain.traits import Traits, address_of, house_of, minute_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.intake import Contact, Outcome, ReportSubmitted, Vehicle
    from services.agency.profile import AgencyProfile, ReportType
    from services.triage.domain.bundle import Bundle

UNDECIDABLE: Final = "undecidable"
REPORT_NUMBER: Final = re.compile(r"\b\d{3}-\d{3}-\d{3}\b")


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One report as triage reads it. Its plaintext values never leave this process."""

    report_id: UUID
    submitted: ReportSubmitted
    text: str = field(repr=False)
    purpose: Purpose
    received_at: datetime
    place: str | None = field(default=None, repr=False)
    vehicles: tuple[Vehicle, ...] = field(default=(), repr=False)
    contact: Contact | None = field(default=None, repr=False)
    received_known: bool = True
    """False where the time between incident and report is not known."""
    asked: bool = True
    """False where the report records the past and the safety questions were never asked: missing
    answers then have no meaning, and the recorded outcome is the minimum.
    """

    @property
    def occurred_at(self) -> datetime:
        """Time of the incident; if not stated, of the shed call or of the report."""
        submitted = self.submitted
        called_at = submitted.shed_call.called_at if submitted.shed_call else None
        return submitted.occurred_from or submitted.occurred_to or called_at or self.received_at


@dataclass(frozen=True, slots=True)
class Considered:
    """A report with what follows from it alone: its type, and the traits that are compared."""

    facts: ReportFacts
    kind: Kind
    traits: Traits
    terms: Mapping[int | str, int] = field(repr=False)


def plain_token(value: str) -> int | str:
    """The token of a value within one process: the value itself."""
    return value


def consider(
    bundle: Bundle, facts: ReportFacts, token: Callable[[str], int | str] = plain_token
) -> Considered:
    """The type and traits of a report. `token` replaces values where traits are stored."""
    kind = kind_of(bundle, facts.submitted.type, facts.text)
    known = bundle.profile.types.get(kind.type)
    words = terms_of((word for word, _, _ in kind.words), bundle.word_weights, kind.type)
    terms: Mapping[Any, int] = (
        words if token is plain_token else {token(word): weight for word, weight in words.items()}
    )
    address, submitted = address_of(facts.place), facts.submitted
    house = house_of(address)
    plates = [plate for v in facts.vehicles if (plate := plate_of(v.plate)) is not None]
    placed = submitted.latitude is not None and submitted.longitude is not None
    traits = Traits(
        report_id=facts.report_id,
        report_number=submitted.report_number,
        type=kind.type,
        group=known.group if known else None,
        minute=minute_of(facts.occurred_at),
        received_at=facts.received_at,
        north=fixed(submitted.latitude or 0.0) if placed else None,
        east=fixed(submitted.longitude or 0.0) if placed else None,
        address=token(address) if address else None,
        house=token(house) if house else None,
        terms=frozenset(terms),
        norm=sum(weight * weight for weight in terms.values()),
        plates=frozenset(token(plate) for plate in plates),
        plates_alike=frozenset(token(confusable_form(plate)) for plate in plates),
        contacts=frozenset(token(one) for one in _contacts(facts.contact)),
        cites=frozenset(REPORT_NUMBER.findall(facts.text)) - {submitted.report_number},
        exercise=facts.purpose is Purpose.EXERCISE,
    )
    return Considered(facts, kind, traits, terms)


def consider_nothing(bundle: Bundle, facts: ReportFacts) -> Considered:
    """For a report that cannot be considered: traits with its number only."""
    traits = Traits(
        report_id=facts.report_id,
        report_number=facts.submitted.report_number,
        type=facts.submitted.type or bundle.profile.unknown_type,
        group=None,
        minute=minute_of(facts.occurred_at),
        received_at=facts.received_at,
        exercise=facts.purpose is Purpose.EXERCISE,
    )
    return Considered(facts, Kind(traits.type, UNDECIDABLE, "", ()), traits, {})


def horizon_of(bundle: Bundle, report_type: str) -> timedelta:
    """The largest distance in time of two reports of this type about one incident."""
    known = bundle.profile.types.get(report_type)
    hours = known.duplicate_horizon_hours if known else bundle.duplicates.unknown_horizon_hours
    return timedelta(hours=hours)


def decide(
    bundle: Bundle, considered: Considered, candidates: Sequence[Traits], now: datetime
) -> ReportTriaged:
    """One decision with its reasons. The same arguments give the same decision, byte for byte."""
    profile, facts, kind = bundle.profile, considered.facts, considered.kind
    known, submitted = profile.type_or_unknown(kind.type), facts.submitted
    answers = SafetyAnswers(**submitted.safety)
    emergency = _emergency(profile, facts, answers, kind.type)
    urgency, urgency_cell = decide_urgency(
        emergency.outcome,
        answers,
        minutes_ago=_minutes_ago(facts),
        leads=bool(submitted.people_described or submitted.vehicles_described),
        base=known.urgency,
    )
    severity, severity_cell = decide_severity(answers, base=known.severity)
    district = profile.districts.at(submitted.latitude, submitted.longitude)
    limits = _limits(bundle, kind.type)
    found = find_duplicates(
        considered.traits,
        considered.terms,
        candidates if limits.horizon_minutes else (),
        bundle.duplicates,
        limits,
    )
    linked = found.links[0].relation if found.links else "none"
    return ReportTriaged(
        report_id=facts.report_id,
        report_number=submitted.report_number,
        emergency=emergency.outcome,
        type=kind.type,
        urgency=urgency,
        severity=severity,
        desk=known.desk,
        district=district,
        anchor=found.anchor,
        links=found.links,
        reasons=(
            *(Reason(of="emergency", rule=reason.rule) for reason in emergency.reasons),
            Reason(of="type", rule=kind.rule, detail=kind.detail),
            Reason(of="urgency", rule=urgency_cell),
            Reason(of="severity", rule=severity_cell),
            Reason(of="district", rule=_district_rule(submitted, district)),
            Reason(of="desk", rule=f"type/{known.id}"),
            Reason(of="links", rule=linked, detail=f"compared {len(candidates)}"),
        ),
        bundle=bundle.digest,
        decided_at=now,
    )


def fail_safe(bundle: Bundle, facts: ReportFacts, now: datetime) -> ReportTriaged:
    """The decision about a report that cannot be decided: ask, and leave it to a person."""
    unknown = bundle.profile.type_or_unknown("")
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
        bundle=bundle.digest,
        decided_at=now,
    )


def _emergency(
    profile: AgencyProfile, facts: ReportFacts, answers: SafetyAnswers, report_type: str
) -> Assessment:
    """Intake's outcome, or a more serious one now that the type is known (I7: software only
    raises).
    """
    known: ReportType | None = profile.types.get(report_type)
    purpose = facts.purpose if facts.asked else Purpose.IMPORT
    again = assess(answers, known.in_progress if known else None, purpose)
    before = facts.submitted.emergency
    return maximum(again, intake_assessment(before.outcome, before.rules))


def intake_assessment(outcome: Outcome, rules: Sequence[str]) -> Assessment:
    """Intake's outcome as an assessment that can be compared."""
    return Assessment(outcome, tuple(RuleReason(rule, outcome) for rule in rules))


def _minutes_ago(facts: ReportFacts) -> int | None:
    happened = facts.submitted.occurred_to or facts.submitted.occurred_from
    if happened is None or not facts.received_known:
        return None
    return max(0, int((facts.received_at - happened).total_seconds() // 60))


def _limits(bundle: Bundle, report_type: str) -> Limits:
    known = bundle.profile.types.get(report_type)
    minutes = int(horizon_of(bundle, report_type).total_seconds() // 60)
    return Limits(minutes, known.duplicate_distance_metres if known else None)


def _contacts(contact: Contact | None) -> list[str]:
    """Telephone number and e-mail address, normalised."""
    if contact is None:
        return []
    digits = "".join(one for one in contact.phone or "" if one.isdecimal())[-10:]
    return [
        each
        for each in (digits if len(digits) >= 7 else "", (contact.email or "").strip().casefold())
        if each
    ]


def _district_rule(submitted: ReportSubmitted, district: str | None) -> str:
    if district:
        return "polygon"
    return "no-place" if submitted.latitude is None else "outside"
