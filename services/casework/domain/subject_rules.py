"""The rules of erasing and sealing: a command gives events, none for a repeat, or a refusal."""

from __future__ import annotations

from typing import assert_never

from events.decider import Decider
from events.subjects import (
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectEvent,
    SubjectSealed,
    SubjectUnsealed,
)
from services.casework.domain.decide import RefusedError
from services.casework.domain.subject import Subject, evolve
from services.casework.domain.subject_commands import (
    ApproveErasure,
    DeclineErasure,
    RequestErasure,
    Seal,
    SubjectCommand,
    Unseal,
)

Events = tuple[SubjectEvent, ...]


def decide(command: SubjectCommand, subject: Subject) -> Events:
    """The events of `command`; RefusedError when it is not allowed now."""
    if not subject.circumstances.known:
        raise RefusedError("there is no such report", "an existing number")
    match command:
        case RequestErasure():
            return _request(command, subject)
        case ApproveErasure():
            return _approve(command, subject)
        case DeclineErasure():
            return _decline(command, subject)
        case Seal():
            return _seal(command, subject)
        case Unseal():
            if not subject.sealed or subject.erased:
                return ()
            return (SubjectUnsealed(report_number=subject.report_number, basis=command.basis),)
    assert_never(command)


def _erasable(subject: Subject) -> None:
    now = subject.circumstances
    if not now.keys:
        raise RefusedError("the report's personal data is erased already", "nothing more")
    if now.holds:
        matters = ", ".join(sorted(now.holds))
        raise RefusedError(f"a legal hold stands: {matters}", "the hold to be lifted first")
    if not now.closed:
        raise RefusedError("the call is still open", "a closed call")


def _request(command: RequestErasure, subject: Subject) -> Events:
    if command.request_id in {*subject.pending, *subject.declined, *subject.carried_out}:
        return ()
    _erasable(subject)
    if subject.pending:
        raise RefusedError("an erasure is requested already", "approving or declining that one")
    return (
        ErasureRequested(
            request_id=command.request_id,
            report_number=subject.report_number,
            basis=command.basis,
            requested_by=command.by,
        ),
    )


def _approve(command: ApproveErasure, subject: Subject) -> Events:
    if command.request_id in subject.carried_out:
        return ()
    asked = subject.pending.get(command.request_id)
    if asked is None:
        raise RefusedError("no such erasure is requested", "a pending request")
    if asked.by == command.by:
        raise RefusedError("the same person requested it", "approval by a second person")
    _erasable(subject)
    return (
        ErasureApproved(request_id=command.request_id),
        SubjectErased(
            request_id=command.request_id,
            report_number=subject.report_number,
            basis=asked.basis,
            requested_by=asked.by,
            approved_by=command.by,
            keys=subject.circumstances.keys,
        ),
    )


def _decline(command: DeclineErasure, subject: Subject) -> Events:
    if command.request_id in subject.declined:
        return ()
    if command.request_id not in subject.pending:
        raise RefusedError("no such erasure is requested", "a pending request")
    return (ErasureDeclined(request_id=command.request_id),)


def _seal(command: Seal, subject: Subject) -> Events:
    if subject.sealed:
        return ()
    if not subject.circumstances.keys:
        raise RefusedError("the report's personal data is erased already", "nothing more")
    return (SubjectSealed(report_number=subject.report_number, basis=command.basis),)


DECIDER: Decider[SubjectCommand, Subject, SubjectEvent] = Decider(Subject(), decide, evolve)
