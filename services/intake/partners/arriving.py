"""A record from a partner: read, or with the reason why it cannot be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.intake.dead_letters import DeadLetter
from services.intake.domain.inbound import PartnerReport, RefusedError, rescued
from services.intake.domain.report import assess_bytes
from services.intake.domain.salvage import salvage_answers
from services.intake.domain.submission import Submission
from services.intake.partners.outcome import PartnerOutcome, emergency_part

if TYPE_CHECKING:
    from uuid import UUID

    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Assessment
    from services.intake.domain.referral_answer import AnsweredReferral
    from services.runtime.kafka import Record

DRILL = re.compile(rb'"purpose"\s*:\s*"exercise"')
PURPOSE_HEADER = ("ce_purpose", b"exercise")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record: its fact, or the refusal. `answered`: whether the partner gets a reply."""

    partner: str
    record: Record
    fact: PartnerReport | AnsweredReferral | None
    refusal: RefusedError | None = None
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The result of an unusable arrival: dead letter, outcome, a report if an emergency."""

    letter: DeadLetter
    outcome: PartnerOutcome
    rescue: Arrival | None


def refuse(profile: AgencyProfile, arrival: Arrival, error: RefusedError) -> Refused:
    """Make the dead letter; one with an emergency is also opened as a report."""
    reason, record = str(error), arrival.record
    assessment = salvaged(profile, record)
    event_id, cause, digest = _identity(arrival, error)
    letter = DeadLetter.of(arrival.partner, record, reason)
    outcome = PartnerOutcome(
        partner=arrival.partner,
        event_id=event_id,
        cause_id=cause,
        digest=digest,
        status="rejected",
        emergency=assessment.outcome,
        reason=reason,
        dead_letter=letter.id,
    )
    rescue = None
    if assessment.outcome == "divert" and not is_drill(record):
        submission = Submission(safety=salvage_answers(record.value or b""))
        fact = rescued(arrival.partner, letter.id, record.value or b"", reason, submission)
        rescue = Arrival(arrival.partner, record, fact, answered=False)
    letter.reply_members.update({"emergency": emergency_part(profile, assessment.outcome)})
    if event_id is not None:
        letter.reply_members["id"] = event_id
    return Refused(letter, outcome, rescue)


def salvaged(profile: AgencyProfile, record: Record) -> Assessment:
    """The hazard rules on answers and texts found in the bytes."""
    purpose = "exercise" if is_drill(record) else "live"
    return assess_bytes(profile, record.value or b"", purpose)


def is_drill(record: Record) -> bool:
    """Whether the bytes declare an exercise, even if nothing else can be read."""
    return PURPOSE_HEADER in record.headers or bool(DRILL.search(record.value or b""))


def _identity(
    arrival: Arrival, error: RefusedError
) -> tuple[str | None, UUID | None, bytes | None]:
    fact = arrival.fact
    if fact is not None:
        return fact.reference.external_id, fact.cause_id, fact.digest
    return error.event_id, error.cause_id, error.digest
