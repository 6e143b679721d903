"""Personal data: what was erased or sealed, what waits for a second person, what is held back?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from events.casework import LegalHoldLifted, LegalHoldPlaced
from events.subjects import (
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectEvent,
    SubjectSealed,
    SubjectUnsealed,
)
from services.projections.view import Entry, Table, View, id_text
from services.projections.views.case_status import OutOfOrderError

if TYPE_CHECKING:
    from datetime import datetime

    from events.envelope import Envelope

SUBJECT_EVENTS = (
    ErasureRequested,
    ErasureDeclined,
    ErasureApproved,
    SubjectErased,
    SubjectSealed,
    SubjectUnsealed,
)
HOLD_EVENTS = (LegalHoldPlaced, LegalHoldLifted)


class PersonalDataRow(NamedTuple):
    """The personal data of one report."""

    key: str
    report_number: str
    sealed: bool
    sealed_basis: str | None
    pending: str | None
    pending_basis: str | None
    requested_by: str | None
    requested_at: datetime | None
    erased_at: datetime | None
    erased_basis: str | None
    erased_request: str | None
    position: int


class HoldsRow(NamedTuple):
    """The matters for which a call is held."""

    key: str
    matters: list[str]
    position: int


def subject_key(envelope: Envelope) -> str | None:
    """The report whose personal data an event is about."""
    return id_text(envelope.stream_id) if type(envelope.data) in SUBJECT_EVENTS else None


def evolve_subject(row: PersonalDataRow | None, entry: Entry) -> PersonalDataRow:
    """What the event makes of the report's row."""
    event, moment = cast("SubjectEvent", entry.envelope.data), entry.envelope.recorded_at
    row = (row or _untouched(entry, event))._replace(position=entry.position)
    match event:
        case ErasureRequested():
            return row._replace(
                pending=str(event.request_id),
                pending_basis=event.basis,
                requested_by=event.requested_by,
                requested_at=moment,
            )
        case ErasureDeclined():
            return _decided(row)
        case ErasureApproved():
            return row
        case SubjectErased():
            return _decided(row)._replace(
                erased_at=moment,
                erased_basis=event.basis,
                erased_request=str(event.request_id),
            )
        case SubjectSealed():
            return row._replace(sealed=True, sealed_basis=event.basis)
        case SubjectUnsealed():
            return row._replace(sealed=False, sealed_basis=None)
    assert_never(event)


def _untouched(entry: Entry, event: SubjectEvent) -> PersonalDataRow:
    if isinstance(event, ErasureDeclined | ErasureApproved):
        raise OutOfOrderError(entry.envelope.type)
    return PersonalDataRow(
        key=id_text(entry.envelope.stream_id),
        report_number=event.report_number,
        sealed=False,
        sealed_basis=None,
        pending=None,
        pending_basis=None,
        requested_by=None,
        requested_at=None,
        erased_at=None,
        erased_basis=None,
        erased_request=None,
        position=entry.position,
    )


def _decided(row: PersonalDataRow) -> PersonalDataRow:
    return row._replace(pending=None, pending_basis=None, requested_by=None, requested_at=None)


def hold_key(envelope: Envelope) -> str | None:
    """The call that is held."""
    return id_text(envelope.stream_id) if type(envelope.data) in HOLD_EVENTS else None


def evolve_holds(row: HoldsRow | None, entry: Entry) -> HoldsRow:
    """What the event makes of the call's holds."""
    event = cast("LegalHoldPlaced | LegalHoldLifted", entry.envelope.data)
    left = [matter for matter in row.matters if matter != event.matter] if row else []
    if isinstance(event, LegalHoldPlaced):
        left = sorted([*left, event.matter])
    return HoldsRow(id_text(entry.envelope.stream_id), left, entry.position)


PERSONAL_DATA = View(
    name="personal-data",
    tables=(
        Table("personal_data", PersonalDataRow, subject_key, evolve_subject),
        Table("legal_holds", HoldsRow, hold_key, evolve_holds),
    ),
    events=(*SUBJECT_EVENTS, *HOLD_EVENTS),
)
