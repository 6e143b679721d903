"""The states a record went through: what each event changed, and by which versions of the rules."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from events.codec import decode
from events.moment import timestamp
from services.audit.rules import rules_of
from services.projections.view import Entry
from services.projections.views.case_status import CASE_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.projections.view import Table

Tables = dict[str, dict[str, Any]]


def states(stored: Mapping[int, bytes]) -> Tables:
    """By table and key: the last row, and every state with the event that made it."""
    tables: Tables = {table.name: {} for table in CASE_STATUS.tables}
    rows: dict[tuple[str, str], Any] = {}
    for position in sorted(stored):
        entry = Entry(position, decode(stored[position]))
        if entry.envelope.type not in CASE_STATUS.handled:
            continue
        for table in CASE_STATUS.tables:
            key = table.key(entry.envelope)
            if key is not None:
                row = table.evolve(rows.get((table.name, key)), entry)
                rows[table.name, key] = row
                _add(tables[table.name], key, _json(table, row), entry)
    return tables


def _add(records: dict[str, Any], key: str, row: dict[str, Any], entry: Entry) -> None:
    before = records.setdefault(key, {"row": {}, "states": []})
    changed = {name: value for name, value in row.items() if before["row"].get(name, row) != value}
    envelope = entry.envelope
    before["row"] = row
    before["states"].append(
        {
            "position": entry.position,
            "event": str(envelope.event_id),
            "type": envelope.type,
            "recorded": timestamp(envelope.recorded_at),
            "by": envelope.actor.who,
            "rules": rules_of(envelope),
            "changed": changed,
        }
    )


def _json(table: Table[Any], row: Any) -> dict[str, Any]:
    values = zip(table.columns, table.values(row), strict=True)
    return {name: timestamp(v) if isinstance(v, datetime) else v for name, v in values}
