"""Requests for public records: which are open, and by when is each to be answered?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from events.records import (
    RecordsEvent,
    RecordsRefused,
    RecordsReleased,
    RecordsRequested,
    RecordsRequestExtended,
)
from services.projections.view import Entry, Table, View
from services.projections.views.case_status import OutOfOrderError

if TYPE_CHECKING:
    from datetime import date, datetime

    from events.envelope import Envelope

EVENTS = (RecordsRequested, RecordsRequestExtended, RecordsReleased, RecordsRefused)


class RequestRow(NamedTuple):
    """One request."""

    key: str
    number: str
    version: int
    received_on: date
    due_on: date
    extended: bool
    reports: list[str]
    outcome: str | None
    closed_at: datetime | None
    position: int


def key(envelope: Envelope) -> str | None:
    """The request an event is about."""
    return envelope.stream_id if type(envelope.data) in EVENTS else None


def evolve(row: RequestRow | None, entry: Entry) -> RequestRow:
    """What the event makes of the request's row."""
    envelope, event = entry.envelope, cast("RecordsEvent", entry.envelope.data)
    if isinstance(event, RecordsRequested):
        return RequestRow(
            key=envelope.stream_id,
            number=event.request_number,
            version=envelope.version,
            received_on=event.received_on,
            due_on=event.due_on,
            extended=False,
            reports=list(event.reports),
            outcome=None,
            closed_at=None,
            position=entry.position,
        )
    if row is None:
        raise OutOfOrderError(envelope.type)
    row = row._replace(version=envelope.version, position=entry.position)
    match event:
        case RecordsRequestExtended():
            return row._replace(due_on=event.due_on, extended=True)
        case RecordsReleased():
            return row._replace(outcome="released", closed_at=envelope.recorded_at)
        case RecordsRefused():
            return row._replace(outcome="refused", closed_at=envelope.recorded_at)
    assert_never(event)


RECORDS_REQUESTS = View(
    "records-requests",
    (Table("records_requests", RequestRow, key, evolve, RecordsRequested),),
    EVENTS,
)
