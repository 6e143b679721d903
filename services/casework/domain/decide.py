"""The rules of casework: a command and a call give events, none for a repeat, or a refusal."""

from __future__ import annotations

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
from events.decider import Decider
from events.envelope import report_stream
from events.personal import Personal
from services.casework.domain.call import CLOSED, Call, Status, evolve
from services.casework.domain.commands import (
    AddNote,
    Assign,
    CaseCommand,
    KeepForStatistics,
    LiftHold,
    PlaceHold,
    Resolve,
    Review,
    TakeReport,
)

if TYPE_CHECKING:
    from events.intake import Outcome

Events = tuple[CaseworkEvent, ...]
ORDER: tuple[Outcome, ...] = ("none", "confirm", "divert")
MOST_DISPOSITIONS = 5


class RefusedError(Exception):
    """The call's state does not allow this; `expected` says what would."""

    def __init__(self, why: str, expected: str) -> None:
        super().__init__(why)
        self.expected = expected


def decide(command: CaseCommand, call: Call) -> Events:
    """The events of `command` on `call`; RefusedError when it is not allowed now."""
    if isinstance(command, TakeReport):
        return _take_report(command, call)
    if call.status is Status.NONE:
        raise RefusedError("there is no such call for service", "an existing call")
    match command:
        case Review():
            return _review(command, _open(call))
        case Assign():
            return _assign(command, _open(call))
        case AddNote():
            return _note(command, call)
        case Resolve():
            return _resolve(command, call)
        case KeepForStatistics():
            return _keep(call)
        case PlaceHold():
            return () if command.matter in call.holds else (LegalHoldPlaced(matter=command.matter),)
        case LiftHold():
            return (LegalHoldLifted(matter=command.matter),) if command.matter in call.holds else ()
    assert_never(command)


def _open(call: Call) -> Call:
    if call.status in CLOSED:
        raise RefusedError(f"the call is closed ({call.status.value})", "an open call")
    return call


def _take_report(command: TakeReport, call: Call) -> Events:
    if command.report_id in call.reports:
        return ()
    if call.status is Status.NONE:
        return (
            CallOpened(
                call_number=command.report_number,
                report_id=command.report_id,
                report_number=command.report_number,
                type=command.type,
                urgency=command.urgency,
                severity=command.severity,
                emergency=command.emergency,
                desk=command.desk,
                district=command.district,
            ),
        )
    attached = ReportAttached(
        report_id=command.report_id,
        report_number=command.report_number,
        emergency=command.emergency,
    )
    urgency = min(call.urgency, command.urgency)
    emergency = max(call.emergency, command.emergency, key=ORDER.index)
    if (urgency, emergency) == (call.urgency, call.emergency):
        return (attached,)
    return (
        attached,
        UrgencyChanged(urgency=urgency, emergency=emergency, reason="attached-report"),
    )


def _review(command: Review, call: Call) -> Events:
    if command.outcome == "returned":
        if call.case_number:
            raise RefusedError("the call is a case already", "resolving the case instead")
        return (CaseReviewed(outcome="returned"),)
    if call.case_number:
        return ()
    if command.case_number is None:
        raise RefusedError("a case needs a number", "a case number")
    return (
        CaseReviewed(outcome="accepted"),
        CaseNumberIssued(case_number=command.case_number),
    )


def _assign(command: Assign, call: Call) -> Events:
    desk = command.desk or call.desk
    if (command.officer, desk) == (call.officer, call.desk):
        return ()
    return (CaseAssigned(officer=command.officer, desk=desk),)


def _note(command: AddNote, call: Call) -> Events:
    if call.first_report is None:
        raise RefusedError("the call has no report", "a call with a report")
    subject = report_stream(call.first_report)
    return (NoteAdded(note=Personal[str](subject=subject, value=command.note)),)


def _resolve(command: Resolve, call: Call) -> Events:
    if call.status is Status.RESOLVED:
        return ()
    _open(call)
    if not 1 <= len(command.dispositions) <= MOST_DISPOSITIONS:
        raise RefusedError("no or too many dispositions", "one to five dispositions")
    return (CaseResolved(dispositions=command.dispositions),)


def _keep(call: Call) -> Events:
    if call.status is Status.KEPT_FOR_STATISTICS:
        return ()
    _open(call)
    if call.case_number:
        raise RefusedError("the call is a case already", "resolving the case instead")
    return (CaseKeptForStatistics(),)


DECIDER: Decider[CaseCommand, Call, CaseworkEvent] = Decider(Call(), decide, evolve)
