"""Case status: where does each report stand, and the call for service it belongs to?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, assert_never, cast

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
from events.intake import ReportSubmitted
from events.triage import ReportTriaged
from services.projections.view import Entry, Table, View, id_text

if TYPE_CHECKING:
    from datetime import datetime

    from events.envelope import Envelope

CALL_EVENTS = (
    CallOpened,
    ReportAttached,
    UrgencyChanged,
    CaseReviewed,
    CaseNumberIssued,
    CaseAssigned,
    NoteAdded,
    CaseResolved,
    CaseKeptForStatistics,
    LegalHoldPlaced,
    LegalHoldLifted,
)
OF_A_REPORT = (ReportTriaged, CallOpened, ReportAttached)
ReportFact = ReportSubmitted | ReportTriaged | CallOpened | ReportAttached


class OutOfOrderError(Exception):
    """An event came before the one that makes its row: the ledger is not in causal order."""


class ReportRow(NamedTuple):
    """One report: how it came, what triage made of it, which call it belongs to."""

    key: str
    received_position: int
    report_number: str
    received_at: datetime
    channel: str
    partner: str | None
    purpose: str
    type: str | None
    occurred_from: datetime | None
    emergency: str
    triaged_at: datetime | None
    urgency: int | None
    severity: int | None
    desk: str | None
    district: str | None
    call_id: str | None
    position: int


class CallRow(NamedTuple):
    """One call for service, perhaps a case."""

    key: str
    version: int
    call_number: str
    case_number: str | None
    status: str
    urgency: int
    emergency: str
    desk: str
    officer: str | None
    reports: int
    dispositions: list[str]
    opened_at: datetime
    accepted_at: datetime | None
    assigned_at: datetime | None
    closed_at: datetime | None
    position: int


def report_key(envelope: Envelope) -> str | None:
    """The report an event is about."""
    event = envelope.data
    if type(event) is ReportSubmitted:
        return id_text(envelope.stream_id)
    if type(event) in OF_A_REPORT:
        return str(cast("ReportTriaged | CallOpened | ReportAttached", event).report_id)
    return None


def evolve_report(row: ReportRow | None, entry: Entry) -> ReportRow:
    """What the event makes of the report's row."""
    envelope, event = entry.envelope, cast("ReportFact", entry.envelope.data)
    if isinstance(event, ReportSubmitted):
        return _received(entry, event)
    if row is None:
        raise OutOfOrderError(envelope.type)
    match event:
        case ReportTriaged():
            return row._replace(
                type=event.type,
                emergency=event.emergency,
                triaged_at=event.decided_at,
                urgency=event.urgency,
                severity=event.severity,
                desk=event.desk,
                district=event.district,
                position=entry.position,
            )
        case CallOpened() | ReportAttached():
            return row._replace(call_id=id_text(envelope.stream_id), position=entry.position)
    assert_never(event)


def _received(entry: Entry, event: ReportSubmitted) -> ReportRow:
    envelope = entry.envelope
    return ReportRow(
        key=id_text(envelope.stream_id),
        received_position=entry.position,
        report_number=event.report_number,
        received_at=envelope.recorded_at,
        channel=event.medium or event.channel,
        partner=event.partner.partner if event.partner else None,
        purpose=envelope.purpose.value,
        type=event.type,
        occurred_from=event.occurred_from,
        emergency=event.emergency.outcome,
        triaged_at=None,
        urgency=None,
        severity=None,
        desk=None,
        district=None,
        call_id=None,
        position=entry.position,
    )


def call_key(envelope: Envelope) -> str | None:
    """The call an event is about."""
    return id_text(envelope.stream_id) if type(envelope.data) in CALL_EVENTS else None


def evolve_call(row: CallRow | None, entry: Entry) -> CallRow:
    """What the event makes of the call's row."""
    event = cast("CaseworkEvent", entry.envelope.data)
    if isinstance(event, CallOpened):
        return _opened(entry, event)
    if row is None:
        raise OutOfOrderError(entry.envelope.type)
    now: dict[str, Any] = {"version": entry.envelope.version, "position": entry.position}
    moment = entry.envelope.recorded_at
    match event:
        case ReportAttached():
            return row._replace(**now, reports=row.reports + 1)
        case UrgencyChanged():
            return row._replace(**now, urgency=event.urgency, emergency=event.emergency)
        case CaseNumberIssued():
            number, status = event.case_number, "under-investigation"
            return row._replace(**now, case_number=number, status=status, accepted_at=moment)
        case CaseAssigned():
            officer, desk = event.officer, event.desk
            return row._replace(**now, officer=officer, desk=desk, assigned_at=moment)
        case CaseResolved():
            done = [str(each) for each in event.dispositions]
            return row._replace(**now, status="resolved", dispositions=done, closed_at=moment)
        case CaseKeptForStatistics():
            return row._replace(**now, status="kept-for-statistics", closed_at=moment)
        case CaseReviewed() | NoteAdded() | LegalHoldPlaced() | LegalHoldLifted():
            return row._replace(**now)
    assert_never(event)


def _opened(entry: Entry, event: CallOpened) -> CallRow:
    envelope = entry.envelope
    return CallRow(
        key=id_text(envelope.stream_id),
        version=envelope.version,
        call_number=event.call_number,
        case_number=None,
        status="open",
        urgency=event.urgency,
        emergency=event.emergency,
        desk=event.desk,
        officer=None,
        reports=1,
        dispositions=[],
        opened_at=envelope.recorded_at,
        accepted_at=None,
        assigned_at=None,
        closed_at=None,
        position=entry.position,
    )


CASE_STATUS = View(
    name="case-status",
    tables=(
        Table("case_status_reports", ReportRow, report_key, evolve_report, ReportSubmitted),
        Table("case_status_calls", CallRow, call_key, evolve_call, CallOpened),
    ),
    events=(ReportSubmitted, ReportTriaged, *CALL_EVENTS),
    unread=frozenset(
        {
            "statement",
            "contact",
            "pin_hash",
            "note",
            "safety",
            "warnings",
            "latitude",
            "longitude",
            "occurred_to",
            "links",
            "reasons",
        }
    ),
)
