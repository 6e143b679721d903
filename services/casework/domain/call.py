"""The state of a call for service: only what decisions need. `evolve` is total and has no rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    CaseworkEvent,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)

if TYPE_CHECKING:
    from uuid import UUID

    from events.intake import Outcome


class Status(StrEnum):
    """The status of a call."""

    NONE = "none"
    OPEN = "open"
    UNDER_INVESTIGATION = "under-investigation"
    RESOLVED = "resolved"
    KEPT_FOR_STATISTICS = "kept-for-statistics"


CLOSED = frozenset({Status.RESOLVED, Status.KEPT_FOR_STATISTICS})


@dataclass(frozen=True, slots=True)
class Call:
    """One call for service. `subject`: the data subject whose key seals its notes (its first
    report's).
    """

    status: Status = Status.NONE
    reports: frozenset[UUID] = frozenset()
    first_report: UUID | None = None
    urgency: int = 4
    emergency: Outcome = "none"
    desk: str = ""
    officer: str | None = None
    reviewed: bool = False
    case_number: str | None = None
    holds: frozenset[str] = frozenset()
    """Matters (legal holds) for which nothing of the call may be erased."""


def evolve(call: Call, event: CaseworkEvent) -> Call:
    """The call after the event."""
    match event:
        case CallOpened():
            return replace(
                call,
                status=Status.OPEN,
                reports=frozenset({event.report_id}),
                first_report=event.report_id,
                urgency=event.urgency,
                emergency=event.emergency,
                desk=event.desk,
            )
        case ReportAttached():
            return replace(call, reports=call.reports | {event.report_id})
        case UrgencyChanged():
            return replace(call, urgency=event.urgency, emergency=event.emergency)
        case CaseReviewed():
            return replace(call, reviewed=event.outcome == "accepted")
        case CaseNumberIssued():
            return replace(call, case_number=event.case_number, status=Status.UNDER_INVESTIGATION)
        case CaseAssigned():
            return replace(call, officer=event.officer, desk=event.desk)
        case NoteAdded():
            return call
        case CaseResolved():
            return replace(call, status=Status.RESOLVED)
        case CaseKeptForStatistics():
            return replace(call, status=Status.KEPT_FOR_STATISTICS)
        case LegalHoldPlaced():
            return replace(call, holds=call.holds | {event.matter})
        case LegalHoldLifted():
            return replace(call, holds=call.holds - {event.matter})
    assert_never(event)
