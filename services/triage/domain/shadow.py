"""History decided again, by two bundles side by side, and what differs between them. Pure.

Both sides are decided here and now, in the same order and among the same candidates, so that what
differs is the bundle's doing alone. How often the one in force gives what is recorded is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from services.hazards.structured import OUTCOMES
from services.triage.domain.block_index import BlockIndex
from services.triage.domain.decision import (
    UNDECIDABLE,
    Considered,
    ReportFacts,
    consider,
    consider_nothing,
    decide,
    fail_safe,
    horizon_of,
)
from services.triage.domain.gates import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.triage import ReportTriaged
    from services.triage.domain.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Past:
    """A report that was triaged: what was known of it then, and the decision that is recorded."""

    facts: ReportFacts
    recorded: ReportTriaged
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """One report that the two bundles decide differently."""

    report_number: str
    kinds: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Lane:
    """One bundle on its way through history, with its own memory of who follows whom."""

    bundle: Bundle
    index: BlockIndex = field(default_factory=BlockIndex)
    _known: dict[UUID, Considered] = field(default_factory=dict)

    def see(self, facts: ReportFacts) -> None:
        """The report can be found by others from now on, though it is not decided."""
        try:
            considered = consider(self.bundle, facts)
        except Exception:  # the same promise as the service's: a decision is always made
            considered = consider_nothing(self.bundle, facts)
        self._known[facts.report_id] = considered
        self.index.add(considered.traits)

    def remember(self, report_id: UUID, anchor: UUID) -> None:
        """The report is decided: it follows `anchor`."""
        if considered := self._known.pop(report_id, None):
            self.index.add(replace(considered.traits, anchor=anchor))

    def decide(self, facts: ReportFacts, moment: datetime) -> ReportTriaged:
        """The decision about a report that was seen."""
        considered = self._known[facts.report_id]
        decision = self._decision(considered, moment)
        self.remember(facts.report_id, decision.anchor)
        return decision

    def _decision(self, considered: Considered, moment: datetime) -> ReportTriaged:
        if considered.kind.rule == UNDECIDABLE:
            return fail_safe(self.bundle, considered.facts, moment)
        try:
            minutes = int(horizon_of(self.bundle, considered.kind.type).total_seconds() // 60)
            around = self.index.around(considered.traits, minutes)
            return decide(self.bundle, considered, around, moment)
        except Exception:
            return fail_safe(self.bundle, considered.facts, moment)

    def retract(self, report_id: UUID) -> None:
        """A link was taken back: the report is its own anchor again."""
        self.index.follow(report_id, report_id)


@dataclass
class Shadow:
    """A rehearsal: batches of the past in, differences out."""

    baseline: Lane
    candidate: Lane
    counts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def before(self, batch: Sequence[Past]) -> None:
        """Reports from before the range: known to both as they were decided then."""
        for lane in (self.baseline, self.candidate):
            for past in batch:
                lane.see(past.facts)
            for past in batch:
                lane.remember(past.facts.report_id, past.recorded.anchor)

    def batch(self, batch: Sequence[Past]) -> Iterable[Difference]:
        """Decide reports that were decided in one transaction: each was findable by the others."""
        for past in batch:
            self.baseline.see(past.facts)
            self.candidate.see(past.facts)
        for past in batch:
            moment = past.recorded.decided_at
            before = self.baseline.decide(past.facts, moment)
            after = self.candidate.decide(past.facts, moment)
            kinds = self._count(past, before, after)
            if kinds:
                yield Difference(
                    before.report_number,
                    kinds,
                    decision_summary(self.baseline, before),
                    decision_summary(self.candidate, after),
                )

    def retract(self, report_id: UUID) -> None:
        """A person, or new facts, took a link back."""
        self.baseline.retract(report_id)
        self.candidate.retract(report_id)

    def figures(self) -> Figures:
        """What was counted until now."""
        days = (self.last - self.first).days if self.first and self.last else 0
        return Figures(days=days, **self.counts)

    def _count(self, past: Past, before: ReportTriaged, after: ReportTriaged) -> tuple[str, ...]:
        moment = past.recorded.decided_at
        self.first = min(self.first or moment, moment)
        self.last = max(self.last or moment, moment)
        kinds = tuple(changes(before, after))
        self.counts.update(kinds)
        self.counts.update(
            {
                "reports": 1,
                "unreadable": int(not past.readable),
                "undecidable": int(any(reason.rule == UNDECIDABLE for reason in after.reasons)),
                "as_recorded": int(_same(before, past.recorded)),
                "links": int(is_linked(before)),
            }
        )
        return kinds


def changes(before: ReportTriaged, after: ReportTriaged) -> Iterable[str]:
    """What differs, in the names of the figures."""
    was, is_now = OUTCOMES.index(before.emergency), OUTCOMES.index(after.emergency)
    if is_now != was:
        yield "emergency_lost" if is_now < was else "emergency_gained"
    if before.type != after.type:
        yield "type_changed"
    if before.urgency != after.urgency:  # 0 is the most urgent
        yield "urgency_lowered" if after.urgency > before.urgency else "urgency_raised"
    if before.severity != after.severity:
        yield "severity_changed"
    if (before.desk, before.district) != (after.desk, after.district):
        yield "route_changed"
    if before.anchor != after.anchor:
        if is_linked(before):
            yield "link_lost"
        if is_linked(after):
            yield "link_gained"
    if _suggested(before) != _suggested(after):
        yield "suggestions_changed"


def is_linked(decision: ReportTriaged) -> bool:
    """Whether the report was taken to be of an incident that was known."""
    return decision.anchor != decision.report_id


def decision_summary(lane: Lane, decision: ReportTriaged) -> dict[str, Any]:
    """A side of a difference with its reasons, which name rules and places, never words."""
    return {
        "bundle": lane.bundle.digest,
        "emergency": decision.emergency,
        "type": decision.type,
        "urgency": decision.urgency,
        "severity": decision.severity,
        "desk": decision.desk,
        "district": decision.district,
        "links": [
            {
                "to": link.report_number,
                "relation": link.relation,
                "p": link.probability,
                "evidence_millibits": link.evidence,
                "veto": link.veto,
            }
            for link in decision.links
        ],
        "reasons": [reason.model_dump(mode="json") for reason in decision.reasons],
    }


def _suggested(decision: ReportTriaged) -> frozenset[UUID]:
    return frozenset(link.report_id for link in decision.links if link.relation == "suggested")


def _same(decision: ReportTriaged, recorded: ReportTriaged) -> bool:
    """Whether the decision is the recorded one in everything that anybody acts upon."""
    return next(iter(changes(recorded, decision)), None) is None
