"""Values of the audit's pages, with `text` wherever a person or a partner wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.projections.audit.steps import Step
from services.projections.pages.audit import page_values
from services.projections.proofs.proven import Proven

NOW = datetime(2026, 3, 14, 20, 26, 53, tzinfo=UTC)


def _event(position: int, cause: int | None, text: str) -> dict[str, Any]:
    identifier = UUID(int=position)
    changes = [
        {"table": "case_status_calls", "field": "officer", "before": None, "after": text},
        {"table": "case_status_calls", "field": "position", "before": 1, "after": position},
    ]
    return {
        "position": position, "event_id": identifier, "type": "casework.case-assigned.v1",
        "stream": "call-1", "version": 1, "occurred_at": NOW, "recorded_at": NOW, "who": text,
        "on_behalf_of": "department", "through": "console", "purpose": "live",
        "cause": {"kind": "event" if cause else "command", "id": identifier, "position": cause},
        "source": {"topic": "blotter.cases", "partition": 3, "number": 9}, "led_to": [40 + cause]
        if cause else [], "facts": {"note": text}, "changes": changes, "event": {"is": text},
    }  # fmt: skip


def history(text: str, number: int, *, known: bool = True) -> dict[str, Any]:
    """The page at the `number`th of three events; the first one's cause is another record's."""
    items = [_event(31, 7, text), _event(32, 31, text), _event(42, None, text)]
    made = {"position": 32, "event_id": UUID(int=32), "type": "a.b.v1", "bundle": text}
    fields = {"officer": made | {"value": text}, "closed_at": made | {"value": None}}
    state = {"states": [{"table": "case_status_calls", "key": "1", "fields": fields}]}
    step = Step(number, 3, items[number - 1]["position"])
    told = {"number": text, "head": 99, "items": items}
    return page_values(told, state if known else None, step)


def proof(text: str, path: tuple[str, ...]) -> Proven:
    """An event of a ledger of two, or of one if there is no path."""
    return Proven(
        UUID(int=1), 0, "a.b.v1", "call-1", 1, NOW, "blotter.cases/3@9", "bGVhZg==", path,
        1 + len(path), "cm9vdA==", text, text,
    )  # fmt: skip
