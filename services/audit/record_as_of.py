"""A record as it was known: every value with the event, and the rules, that made it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.personal import personal_fields
from services.audit.as_of import AsOf, BadAsOfError
from services.audit.refusals import UnknownNumberError
from services.audit.replay import known, replay
from services.audit.rules import rules_of
from services.projections.personal.visibility import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.audit.record_past import Past
    from services.audit.replay import State
    from services.projections.personal.visible_fields import VisibleFields
    from services.projections.view import Entry


def entries_as_of(past: Past, as_of: AsOf | None) -> list[Entry]:
    """The record's events as of then; BadAsOfError beyond the ledger, UnknownNumberError before
    its first event."""
    if as_of and as_of.reaches_beyond(past.head):
        raise BadAsOfError(f"the ledger is known through position {past.head} so far")
    entries = known(past.known, as_of, past.report_id)
    if not entries:
        words = as_of.words if as_of else "now"
        raise UnknownNumberError(f"nothing was known under this number as of {words}")
    return entries


def shown(past: Past, as_of: AsOf | None, seen: VisibleFields) -> dict[str, Any]:
    """The state as of then, what made it, and the personal values as this reader sees them."""
    entries = entries_as_of(past, as_of)
    at = {entry.position: entry for entry in entries}
    return {
        "number": past.record.number,
        "records": past.record.ids,
        "as_of": as_of.words if as_of else None,
        "through_position": entries[-1].position,
        "head": past.head,
        "states": [_state(state, at) for state in replay(entries).states],
        "events": [maker(entry) for entry in entries],
        "personal": _personal(entries, seen),
    }


def maker(entry: Entry) -> dict[str, Any]:
    """An event as what made something: which, when, who, by which rules."""
    envelope = entry.envelope
    return {
        "position": entry.position,
        "event_id": envelope.event_id,
        "type": envelope.type,
        "recorded_at": envelope.recorded_at,
        "occurred_at": envelope.occurred_at,
        "who": envelope.actor.who,
        "through": envelope.actor.through,
        **rules_of(envelope),
    }


def _state(state: State, at: Mapping[int, Entry]) -> dict[str, Any]:
    fields = {}
    for name, value in state.values.items():
        entry = at[state.made_by[name]]
        rules = rules_of(entry.envelope)
        fields[name] = {
            "value": value,
            "position": entry.position,
            "event_id": entry.envelope.event_id,
            "type": entry.envelope.type,
            "bundle": rules.get("bundle", rules.get("rules_version")),
        }
    return {"view": state.view, "table": state.table, "key": state.key, "fields": fields}


def _personal(entries: Sequence[Entry], seen: VisibleFields) -> list[dict[str, Any]]:
    return [
        {
            "position": entry.position,
            "event_id": entry.envelope.event_id,
            "type": entry.envelope.type,
            "field": name,
            "value": seen.shown(name, entry.position, value),
        }
        for entry in entries
        for name, value in personal_fields(entry.envelope.data)
        if name not in NEVER
    ]
