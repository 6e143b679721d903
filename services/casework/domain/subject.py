"""The state of a report's personal data: only what decisions need. `evolve` is total, no rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from events.subjects import (
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectEvent,
    SubjectSealed,
    SubjectUnsealed,
)

if TYPE_CHECKING:
    from uuid import UUID

    from events.subjects import DestroyedKey


@dataclass(frozen=True, slots=True)
class Circumstances:
    """State outside this stream that decisions need: of the call, and of the keys."""

    known: bool = False
    closed: bool = False
    """The call is closed, so that the report is not needed for work any more."""
    holds: frozenset[str] = frozenset()
    keys: tuple[DestroyedKey, ...] = ()
    """Fingerprints of the existing keys, as the erasure event names them."""


@dataclass(frozen=True, slots=True)
class PendingErasure:
    """An erasure request that waits for a second person."""

    basis: str
    by: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The personal data of one report."""

    circumstances: Circumstances = Circumstances()
    report_number: str = ""
    pending: dict[UUID, PendingErasure] = field(default_factory=dict)
    declined: frozenset[UUID] = frozenset()
    carried_out: frozenset[UUID] = frozenset()
    erased: bool = False
    sealed: bool = False


def evolve(subject: Subject, event: SubjectEvent) -> Subject:
    """The report's personal data after the event."""
    match event:
        case ErasureRequested():
            asked = PendingErasure(event.basis, event.requested_by)
            return replace(subject, pending=subject.pending | {event.request_id: asked})
        case ErasureDeclined():
            return replace(
                _without_request(subject, event.request_id),
                declined=subject.declined | {event.request_id},
            )
        case ErasureApproved():
            return subject
        case SubjectErased():
            return replace(
                _without_request(subject, event.request_id),
                carried_out=subject.carried_out | {event.request_id},
                erased=True,
            )
        case SubjectSealed():
            return replace(subject, sealed=True)
        case SubjectUnsealed():
            return replace(subject, sealed=False)
    assert_never(event)


def _without_request(subject: Subject, request_id: UUID) -> Subject:
    left = {each: asked for each, asked in subject.pending.items() if each != request_id}
    return replace(subject, pending=left)
