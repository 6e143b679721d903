"""A record's history: every event with who, when, why, from what and where it lies. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from events.envelope import CauseKind
from events.personal import personal_fields
from services.audit.replay import replay
from services.audit.rules import rules_of
from services.projections.personal.masking import in_the_clear
from services.projections.personal.visibility import NEVER

if TYPE_CHECKING:
    from uuid import UUID

    from events.envelope import Cause
    from services.audit.record_past import Past
    from services.projections.personal.visible_fields import VisibleFields
    from services.projections.view import Entry


def history_of(past: Past, seen: VisibleFields) -> dict[str, Any]:
    """Every event in ledger order, and what it changed in the views."""
    changes = replay(past.known).changes
    raw = {stored.position: stored.body for stored in past.record.entries}
    caused: dict[UUID, list[int]] = {}
    for entry in past.known:
        caused.setdefault(entry.envelope.cause.id, []).append(entry.position)
    return {
        "number": past.record.number,
        "records": past.record.ids,
        "head": past.head,
        "items": [
            _event(past, entry)
            | {
                "led_to": caused.get(entry.envelope.event_id, []),
                "facts": facts(entry, seen),
                "changes": [asdict(change) for change in changes.get(entry.position, [])],
                "event": orjson.Fragment(raw[entry.position]),
            }
            for entry in past.known
        ],
    }


def _event(past: Past, entry: Entry) -> dict[str, Any]:
    envelope = entry.envelope
    return {
        "position": entry.position,
        "event_id": envelope.event_id,
        "type": envelope.type,
        "stream": envelope.stream_id,
        "version": envelope.version,
        "occurred_at": envelope.occurred_at,
        "recorded_at": envelope.recorded_at,
        "who": envelope.actor.who,
        "on_behalf_of": envelope.actor.on_behalf_of,
        "through": envelope.actor.through,
        "purpose": envelope.purpose,
        "cause": _cause(past, envelope.cause),
        "correlation_id": envelope.correlation_id,
        "source": asdict(past.sources[entry.position]),
        "rules": rules_of(envelope),
    }


def _cause(past: Past, cause: Cause) -> dict[str, Any]:
    """What it came from; with a ledger position, if that was an event."""
    position = past.positions.get(cause.id) if cause.kind is CauseKind.EVENT else None
    return {"kind": cause.kind, "id": cause.id, "position": position}


def facts(entry: Entry, seen: VisibleFields) -> dict[str, Any]:
    """The event's own fields, personal ones as this reader sees them; empty ones left out."""
    event = entry.envelope.data
    personal = dict(personal_fields(event))
    found = {}
    for name in type(event).model_fields:
        value = getattr(event, name)
        if value is None or value in ((), {}, []) or name in NEVER:
            continue
        if name in personal:
            value = seen.shown(name, entry.position, personal[name])
        found[name] = (
            [in_the_clear(each) for each in value] if _many(value) else in_the_clear(value)
        )
    return found


def _many(value: Any) -> bool:
    return isinstance(value, tuple | list)
