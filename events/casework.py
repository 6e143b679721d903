"""Events owned by casework, on `blotter.cases`, stream `call-<id>`.

A record opens as a call for service; a case number is issued only by the review that accepts it.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from events.envelope import Event
from events.intake import Outcome
from events.personal import Personal

Disposition = Literal[
    "report-taken",
    "no-report",
    "gone-on-arrival",
    "unable-to-locate",
    "unfounded",
    "referred",
    "cleared",
    "inactive",
]


class CallOpened(Event):
    """An incident became a call for service, numbered after the report that opened it."""

    call_number: str
    report_id: UUID
    report_number: str
    type: str
    urgency: int
    severity: int
    emergency: Outcome
    desk: str
    district: str | None = None


class ReportAttached(Event):
    """A further report of the same incident joined the call; nothing of it is lost."""

    report_id: UUID
    report_number: str
    emergency: Outcome


class UrgencyChanged(Event):
    """The call became more or less urgent, 0 (emergency) to 4 (record only)."""

    urgency: int
    emergency: Outcome
    reason: Literal["attached-report", "person"]


class CaseReviewed(Event):
    """A reviewer looked at the call: accepted for investigation, or returned to its desk."""

    outcome: Literal["accepted", "returned"]


class CaseNumberIssued(Event):
    """The review's acceptance made the call a case."""

    case_number: str


class CaseAssigned(Event):
    """An officer (by roster id, never by name) was made responsible, at a desk."""

    officer: str
    desk: str


class NoteAdded(Event):
    """A member of staff wrote something down; under the key of the report it is about."""

    note: Personal[str]


class CaseResolved(Event):
    """The work is done, with up to five dispositions."""

    dispositions: tuple[Disposition, ...]


class CaseKeptForStatistics(Event):
    """Kept as information only: counted, not investigated."""


class LegalHoldPlaced(Event):
    """Nothing of the call may be erased or disposed of while the matter is open."""

    matter: str


class LegalHoldLifted(Event):
    """The matter no longer stands in the way of erasure and disposal."""

    matter: str


CaseworkEvent = (
    CallOpened
    | ReportAttached
    | UrgencyChanged
    | CaseReviewed
    | CaseNumberIssued
    | CaseAssigned
    | NoteAdded
    | CaseResolved
    | CaseKeptForStatistics
    | LegalHoldPlaced
    | LegalHoldLifted
)
