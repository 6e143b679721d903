"""Who read: who saw, opened, took away or replayed which record, when and why?

One row a read; a row names every record it is about, so that any of its numbers leads to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from events.access import CaseViewed, ExportMade, PersonalDataRevealed, ReplayRun
from services.projections.view import Entry, Table, View

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Envelope

EVENTS = (CaseViewed, PersonalDataRevealed, ExportMade, ReplayRun)
Read = CaseViewed | PersonalDataRevealed | ExportMade | ReplayRun


class ReadRow(NamedTuple):
    """One read. `detail` says what was exported, or as of when it was replayed."""

    key: str
    position: int
    read_at: datetime
    who: str
    role: str
    through: str
    did: str
    records: list[UUID]
    fields: list[str]
    reason: str | None
    detail: str | None


def key(envelope: Envelope) -> str | None:
    """Each read is a row of its own."""
    return str(envelope.event_id) if type(envelope.data) in EVENTS else None


def evolve(_: ReadRow | None, entry: Entry) -> ReadRow:
    """The read as a row."""
    envelope, event = entry.envelope, cast("Read", entry.envelope.data)

    def row(
        did: str,
        fields: tuple[str, ...] = (),
        *,
        reason: str | None = None,
        detail: str | None = None,
    ) -> ReadRow:
        return ReadRow(
            key=str(envelope.event_id),
            position=entry.position,
            read_at=envelope.occurred_at,
            who=envelope.actor.who,
            role=event.role,
            through=envelope.actor.through,
            did=did,
            records=list(event.records),
            fields=list(fields),
            reason=reason,
            detail=detail,
        )

    match event:
        case CaseViewed():
            return row("viewed")
        case PersonalDataRevealed():
            return row("revealed", event.fields, reason=event.reason)
        case ExportMade():
            return row("exported", event.fields, detail=event.form)
        case ReplayRun():
            return row("replayed", detail=_replay(event))
    assert_never(event)


def _replay(event: ReplayRun) -> str:
    return f"{event.replay} as of {event.as_of}" if event.as_of else event.replay


WHO_READ = View("who-read", (Table("reads", ReadRow, key, evolve),), EVENTS)
