"""What one transaction commits for partners, collected step by step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from events.intake import ReportSubmitted, ReportSupplemented
    from services.intake.dead_letters import DeadLetter
    from services.intake.domain.arrival import Earlier
    from services.intake.partners.arriving import Arrival, Refused
    from services.intake.partners.outcome import PartnerOutcome
    from services.intake.partners.referrals import Referral
    from services.runtime.event_store import Decided, Message


@dataclass(slots=True)
class Batch:
    """Events, dead letters and replies; and the histories of the ids and reports they concern."""

    pasts: dict[UUID, Earlier]
    unclaimed: dict[UUID, str]
    """Ids claimed by this transaction, each with the number of its report."""
    versions: dict[str, int]
    referrals: dict[tuple[str, str], Referral]
    decided: list[Decided] = field(default_factory=list)
    reports: list[tuple[UUID, ReportSubmitted, str]] = field(default_factory=list)
    supplements: list[tuple[UUID, ReportSupplemented, str]] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    rescues: dict[int, Arrival] = field(default_factory=dict)
    outcome: list[PartnerOutcome] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)

    def add(self, decided: Decided) -> None:
        """Add events to append after those already in the batch for the same stream."""
        self.decided.append(decided)
        self.versions[decided.stream_id] = decided.after + len(decided.events)

    def refuse(self, refused: Refused, *, rescue: bool) -> None:
        """Add a dead letter and its outcome; the report opened for it is processed after all
        arrivals.
        """
        if rescue and refused.rescue:
            self.rescues[len(self.outcome)] = refused.rescue
        self.letters.append(refused.letter)
        self.outcome.append(refused.outcome)

    def rescued(self, opened: list[PartnerOutcome]) -> None:
        """Add the report numbers of rescues to the outcomes of their refusals."""
        letters = {letter.id: letter for letter in self.letters}
        for place, outcome in zip(self.rescues, opened, strict=True):
            refusal = replace(self.outcome[place], report_number=outcome.report_number)
            self.outcome[place] = refusal
            assert refusal.dead_letter is not None
            letters[refusal.dead_letter].reply_members["report_number"] = outcome.report_number
