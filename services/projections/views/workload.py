"""Workload: what lies on which desk and with which officer, how old and how urgent is it?

One row per call; counts, the oldest and the spread of urgency are SQL over these rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    UrgencyChanged,
)
from services.projections.view import Entry, Table, View, id_text
from services.projections.views.case_status import OutOfOrderError

if TYPE_CHECKING:
    from datetime import datetime

    from events.envelope import Envelope

EVENTS = (
    CallOpened,
    CaseAssigned,
    CaseNumberIssued,
    UrgencyChanged,
    CaseResolved,
    CaseKeptForStatistics,
)
Fact = (
    CallOpened
    | CaseAssigned
    | CaseNumberIssued
    | UrgencyChanged
    | CaseResolved
    | CaseKeptForStatistics
)


class WorkloadRow(NamedTuple):
    """One call as a piece of work."""

    key: str
    desk: str
    officer: str | None
    urgency: int
    purpose: str
    open: bool
    is_case: bool
    opened_at: datetime
    position: int


def key(envelope: Envelope) -> str | None:
    """The call an event is about, if it changes the workload."""
    return id_text(envelope.stream_id) if type(envelope.data) in EVENTS else None


def evolve(row: WorkloadRow | None, entry: Entry) -> WorkloadRow:
    """What the event makes of the piece of work."""
    event = cast("Fact", entry.envelope.data)
    if isinstance(event, CallOpened):
        return WorkloadRow(
            key=id_text(entry.envelope.stream_id),
            desk=event.desk,
            officer=None,
            urgency=event.urgency,
            purpose=entry.envelope.purpose.value,
            open=True,
            is_case=False,
            opened_at=entry.envelope.recorded_at,
            position=entry.position,
        )
    if row is None:
        raise OutOfOrderError(entry.envelope.type)
    row = row._replace(position=entry.position)
    match event:
        case CaseAssigned():
            return row._replace(officer=event.officer, desk=event.desk)
        case CaseNumberIssued():
            return row._replace(is_case=True)
        case UrgencyChanged():
            return row._replace(urgency=event.urgency)
        case CaseResolved() | CaseKeptForStatistics():
            return row._replace(open=False)
    assert_never(event)


WORKLOAD = View(
    "workload", (Table("workload_calls", WorkloadRow, key, evolve, CallOpened),), EVENTS
)
