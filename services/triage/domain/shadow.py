"""A rehearsal: past reports decided again by two bundles, and the differences. Pure.

Both bundles decide now, in the same order and among the same candidates, so that every difference
is caused by the bundle. Decisions of the baseline that equal the recorded ones are counted.
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
class PastReport:
    """A triaged report: its facts at the time, and the recorded decision."""

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
class BundleReplay:
    """One bundle's pass through the past, with its own index of candidates."""

    bundle: Bundle
    index: BlockIndex = field(default_factory=BlockIndex)
    _known: dict[UUID, Considered] = field(default_factory=dict)

    def add_candidate(self, facts: ReportFacts) -> None:
        """Make the report a candidate for others; it is not decided yet."""
        try:
            considered = consider(self.bundle, facts)
        except Exception:  # as in the service: a decision is always made
            considered = consider_nothing(self.bundle, facts)
        self._known[facts.report_id] = considered
        self.index.add(considered.traits)

    def set_anchor(self, report_id: UUID, anchor: UUID) -> None:
        """Record that the report is decided with this anchor."""
        if considered := self._known.pop(report_id, None):
            self.index.add(replace(considered.traits, anchor=anchor))

    def decide(self, facts: ReportFacts, moment: datetime) -> ReportTriaged:
        """The decision about a report that is a candidate already."""
        considered = self._known[facts.report_id]
        decision = self._decision(considered, moment)
        self.set_anchor(facts.report_id, decision.anchor)
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
        """Take a link back: the report is its own anchor again."""
        self.index.follow(report_id, report_id)


@dataclass
class Shadow:
    """A rehearsal: takes batches of past reports, gives differences."""

    baseline: BundleReplay
    candidate: BundleReplay
    counts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def before(self, batch: Sequence[PastReport]) -> None:
        """Add reports from before the range to both, with their recorded anchors."""
        for replay in (self.baseline, self.candidate):
            for past in batch:
                replay.add_candidate(past.facts)
            for past in batch:
                replay.set_anchor(past.facts.report_id, past.recorded.anchor)

    def batch(self, batch: Sequence[PastReport]) -> Iterable[Difference]:
        """Decide the reports of one transaction: each was a candidate for the others."""
        for past in batch:
            self.baseline.add_candidate(past.facts)
            self.candidate.add_candidate(past.facts)
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
        """Take a link back in both."""
        self.baseline.retract(report_id)
        self.candidate.retract(report_id)

    def figures(self) -> Figures:
        """The counts so far."""
        days = (self.last - self.first).days if self.first and self.last else 0
        return Figures(days=days, **self.counts)

    def _count(
        self, past: PastReport, before: ReportTriaged, after: ReportTriaged
    ) -> tuple[str, ...]:
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
                "as_recorded": int(_equals_recorded(before, past.recorded)),
                "links": int(is_linked(before)),
            }
        )
        return kinds


def changes(before: ReportTriaged, after: ReportTriaged) -> Iterable[str]:
    """The differences of two decisions, by the names of the figures."""
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
    """Whether the report was linked to an earlier one."""
    return decision.anchor != decision.report_id


def decision_summary(replay: BundleReplay, decision: ReportTriaged) -> dict[str, Any]:
    """One side of a difference with its reasons, which name rules and positions, never text."""
    return {
        "bundle": replay.bundle.digest,
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


def _equals_recorded(decision: ReportTriaged, recorded: ReportTriaged) -> bool:
    """Whether the decision equals the recorded one in everything that has an effect."""
    return next(iter(changes(recorded, decision)), None) is None
