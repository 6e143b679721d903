"""Random lives of records: reports that become calls and cases, are merged, held, sealed, erased.

A plan is a list of steps, each a kind and a number that chooses the record; steps that make no
sense at their place are left out, so any list is a plan and Hypothesis can shrink it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from hypothesis import strategies as st

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)
from events.codec import encode, name_of
from events.envelope import (
    Actor,
    Cause,
    CauseKind,
    Envelope,
    Purpose,
    call_stream,
    report_stream,
    subject_stream,
    triage_stream,
)
from events.intake import EmergencyAssessment, ReportSubmitted
from events.personal import Personal
from events.subjects import ErasureDeclined, ErasureRequested, SubjectSealed, SubjectUnsealed
from events.triage import Reason, ReportTriaged
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from events.envelope import Event

SPACE = UUID("11fe0000-0000-5000-8000-000000000000")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = (
    "report",
    "report",
    "triage",
    "triage",
    "open",
    "open",
    "attach",
    "urgency",
    "note",
    "accept",
    "return",
    "assign",
    "resolve",
    "keep",
    "hold",
    "lift",
    "seal",
    "unseal",
    "ask",
    "decline",
)
PLANS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 50)), min_size=25, max_size=60)


@dataclass
class Report:
    id: UUID
    number: str
    submitted: Envelope
    triaged: Envelope | None = None
    call: Call | None = None


@dataclass
class Call:
    id: UUID
    reports: list[Report]
    case_number: str | None = None


@dataclass
class Lives:
    """Makes envelopes and remembers which number belongs to whom. `name`: of this set of lives."""

    name: str
    reports: list[Report] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)

    def live(self, plan: list[tuple[str, int]]) -> None:
        """Take every step that can be taken."""
        for kind, which in plan:
            getattr(self, f"_{kind}")(which)

    @property
    def numbers(self) -> list[str]:
        """Every number anybody may ask for."""
        cases = [call.case_number for call in self.calls if call.case_number]
        return [report.number for report in self.reports] + cases

    def records(self) -> list[Record]:
        """As Kafka would bring them."""
        return [
            Record(
                f"blotter.{self.name}",
                0,
                place,
                envelope.stream_id.encode(),
                encode(envelope),
                (),
                place + 1,
            )
            for place, envelope in enumerate(self.envelopes)
        ]

    def _add(self, stream: str, event: Event, cause: Envelope | None = None) -> Envelope:
        self.versions[stream] += 1
        count = len(self.envelopes)
        recorded = BEGAN + timedelta(minutes=count)
        command = Cause(CauseKind.COMMAND, uuid5(SPACE, f"{self.name} command {count}"))
        made = Envelope(
            event_id=uuid5(SPACE, f"{self.name} event {count}"),
            type=name_of(event),
            stream_id=stream,
            version=self.versions[stream],
            occurred_at=recorded - timedelta(minutes=count * 7 % 31),
            recorded_at=recorded,
            actor=Actor("somebody", "department", "console"),
            purpose=Purpose.LIVE,
            cause=cause.as_cause() if cause else command,
            correlation_id=SPACE,
            source="/test",
            data=event,
        )
        self.envelopes.append(made)
        return made

    def _report(self, which: int) -> None:
        count = len(self.reports)
        report_id = uuid5(SPACE, f"{self.name} report {count}")
        number = f"{self.name}-R{count}"
        event = ReportSubmitted(
            report_number=number,
            channel="web",
            type="noise",
            statement=sealed(report_id),
            safety={"weapon": "no"},
            emergency=EmergencyAssessment(outcome="none", rules=("quiet",), rules_version="L0/1"),
        )
        self.reports.append(Report(report_id, number, self._add(report_stream(report_id), event)))

    def _triage(self, which: int) -> None:
        waiting = [report for report in self.reports if report.triaged is None]
        if waiting:
            report = waiting[which % len(waiting)]
            event = ReportTriaged(
                report_id=report.id,
                report_number=report.number,
                emergency="none",
                type="noise",
                urgency=which % 5,
                severity=2,
                desk="patrol",
                anchor=report.id,
                reasons=(Reason(of="type", rule="keyword"),),
                bundle=f"bundle-{which % 3}",
                decided_at=BEGAN,
            )
            report.triaged = self._add(triage_stream(report.id), event, report.submitted)

    def _loose(self) -> list[Report]:
        return [each for each in self.reports if each.triaged and each.call is None]

    def _open(self, which: int) -> None:
        if loose := self._loose():
            report = loose[which % len(loose)]
            call = Call(uuid5(SPACE, f"{self.name} call {len(self.calls)}"), [report])
            event = CallOpened(
                call_number=report.number,
                report_id=report.id,
                report_number=report.number,
                type="noise",
                urgency=3,
                severity=2,
                emergency="none",
                desk="patrol",
            )
            self._add(call_stream(call.id), event, report.triaged)
            self.calls.append(call)
            report.call = call

    def _attach(self, which: int) -> None:
        if (loose := self._loose()) and self.calls:
            report, call = loose[which % len(loose)], self.calls[which % len(self.calls)]
            event = ReportAttached(
                report_id=report.id, report_number=report.number, emergency="confirm"
            )
            self._add(call_stream(call.id), event, report.triaged)
            report.call = call
            call.reports.append(report)

    def _on_call(self, which: int, event: Event) -> Call | None:
        if not self.calls:
            return None
        call = self.calls[which % len(self.calls)]
        self._add(call_stream(call.id), event)
        return call

    def _urgency(self, which: int) -> None:
        self._on_call(which, UrgencyChanged(urgency=which % 5, emergency="none", reason="person"))

    def _note(self, which: int) -> None:
        if self.calls:
            report = self.calls[which % len(self.calls)].reports[0]
            self._on_call(which, NoteAdded(note=sealed(report.id)))

    def _accept(self, which: int) -> None:
        if self.calls and self.calls[which % len(self.calls)].case_number is None:
            number = f"{self.name}-C{which % len(self.calls)}"
            self._on_call(which, CaseReviewed(outcome="accepted"))
            call = self._on_call(which, CaseNumberIssued(case_number=number))
            assert call
            call.case_number = number

    def _return(self, which: int) -> None:
        self._on_call(which, CaseReviewed(outcome="returned"))

    def _assign(self, which: int) -> None:
        self._on_call(which, CaseAssigned(officer=f"officer-{which % 3}", desk="property"))

    def _resolve(self, which: int) -> None:
        self._on_call(which, CaseResolved(dispositions=("report-taken",)))

    def _keep(self, which: int) -> None:
        self._on_call(which, CaseKeptForStatistics())

    def _hold(self, which: int) -> None:
        self._on_call(which, LegalHoldPlaced(matter=f"matter-{which % 2}"))

    def _lift(self, which: int) -> None:
        self._on_call(which, LegalHoldLifted(matter=f"matter-{which % 2}"))

    def _on_subject(self, which: int, event: type[Any], **more: Any) -> None:
        if self.reports:
            report = self.reports[which % len(self.reports)]
            self._add(subject_stream(report.id), event(report_number=report.number, **more))

    def _seal(self, which: int) -> None:
        self._on_subject(which, SubjectSealed, basis="court-order")

    def _unseal(self, which: int) -> None:
        self._on_subject(which, SubjectUnsealed, basis="court-order")

    def _ask(self, which: int) -> None:
        more = {"request_id": SPACE, "basis": "retention", "requested_by": "somebody"}
        self._on_subject(which, ErasureRequested, **more)

    def _decline(self, which: int) -> None:
        asked = [
            each.stream_id for each in self.envelopes if isinstance(each.data, ErasureRequested)
        ]
        if asked:
            self._add(asked[which % len(asked)], ErasureDeclined(request_id=SPACE))


def sealed(report_id: UUID) -> Personal[Any]:
    """A box that nobody has a key for."""
    return Personal[Any](subject=report_stream(report_id), sealed="AAAA")
