"""The views' own folds over a record's events, and which event made each value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from events.casework import CallOpened, ReportAttached
from events.envelope import CauseKind, id_in
from services.audit.refusals import CannotReplayError
from services.projections.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from services.audit.as_of import AsOf
    from services.projections.view import Entry, Table, View

CALL = "call-"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row, before and after an event; `before` is None in a new row."""

    view: str
    table: str
    key: str
    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class State:
    """One row of one view, and for each field the position of the event that made its value."""

    view: str
    table: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    made_by: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Replay:
    """The rows in the order they came into being, and what each event changed in them."""

    states: list[State] = field(default_factory=list)
    changes: dict[int, list[Change]] = field(default_factory=dict)


def replay(entries: Sequence[Entry], views: Iterable[View] = VIEWS) -> Replay:
    """Fold the events, in ledger order, as the views do; CannotReplayError names the first bad."""
    found = Replay()
    for view in views:
        handled = [entry for entry in entries if entry.envelope.type in view.handled]
        for table in view.tables:
            _fold(found, view, table, handled)
    return found


def _fold(found: Replay, view: View, table: Table[Any], entries: Iterable[Entry]) -> None:
    rows: dict[str, Any] = {}
    states: dict[str, State] = {}
    for entry in entries:
        try:
            key = table.key(entry.envelope)
            if key is None:
                continue
            rows[key] = row = table.evolve(rows.get(key), entry)
        except Exception as error:
            raise CannotReplayError(entry.position, error) from error
        if key not in states:
            states[key] = State(view.name, table.name, key)
            found.states.append(states[key])
        values = dict(zip(table.columns, table.values(row), strict=True))
        changed = _changes(states[key], values)
        found.changes.setdefault(entry.position, []).extend(changed)
        states[key].made_by |= {each.field: entry.position for each in changed}
        states[key].values = values


def _changes(state: State, values: dict[str, Any]) -> list[Change]:
    before = state.values
    return [
        Change(state.view, state.table, state.key, name, before.get(name), value)
        for name, value in values.items()
        if name not in before or before[name] != value
    ]


def known(entries: Sequence[Entry], as_of: AsOf | None, report_id: UUID | None) -> list[Entry]:
    """The events of the record as of then: of the call as it was, with the reports it had.

    A report that was asked for and was in no call then stands alone.
    """
    kept = _reached(entries, as_of) if as_of else list(entries)
    members = reports_in(kept)
    if report_id is not None and report_id not in members:
        return [entry for entry in kept if _about(entry) == report_id]
    return [entry for entry in kept if _is_of_call(entry) or _about(entry) in members]


def reports_in(entries: Iterable[Entry]) -> list[UUID]:
    """The reports of a call, in the order they came to it."""
    return [
        event.report_id
        for entry in entries
        if isinstance(event := entry.envelope.data, CallOpened | ReportAttached)
    ]


def _is_of_call(entry: Entry) -> bool:
    return entry.envelope.stream_id.startswith(CALL)


def _about(entry: Entry) -> UUID | None:
    return None if _is_of_call(entry) else id_in(entry.envelope.stream_id)


def _reached(entries: Iterable[Entry], as_of: AsOf) -> list[Entry]:
    """A time cuts no event from what it rests upon: clocks differ, and facts are told late.

    So an event is left out too when its predecessor in the stream or its cause is.
    """
    kept, without, ended = [], set(), set()
    for entry in entries:
        envelope = entry.envelope
        cause = envelope.cause.id if envelope.cause.kind is CauseKind.EVENT else None
        if as_of.reaches(entry) and envelope.stream_id not in ended and cause not in without:
            kept.append(entry)
        else:
            without.add(envelope.event_id)
            ended.add(envelope.stream_id)
    return kept
