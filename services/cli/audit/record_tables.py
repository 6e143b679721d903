"""The answer of `blotter audit show` as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from services.console.words import in_words

UNSAID = frozenset({"key", "position", "received_position", "version"})
"""Columns that say nothing of the record itself; `--json` has them."""


def print_record(found: dict[str, Any]) -> None:
    """When it was so, its values, its personal values, and the events that made them."""
    console = Console()
    as_of = f"as of {found['as_of']}" if found["as_of"] else "as known now"
    console.print(f"{found['number']} {as_of}, from ledger position {found['through_position']}")
    for state in found["states"]:
        console.print(_state_table(state))
    if found["personal"]:
        console.print(_personal_table(found["personal"]))
    console.print(_events_table(found["events"]))


def _columns(title: str, *names: str) -> Table:
    """A table that folds what is too long: an id cut short is of no use."""
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _state_table(state: dict[str, Any]) -> Table:
    title = f"{state['table'].replace('_', ' ')} {state['key']}"
    table = _columns(title, "what", "value", "made by", "at", "rules")
    for name, made in state["fields"].items():
        if name in UNSAID or made["value"] in (None, []):
            continue
        table.add_row(
            name.replace("_", " "),
            in_words(made["value"]),
            made["type"],
            str(made["position"]),
            (made["bundle"] or "")[:12],
        )
    return table


def _personal_table(values: list[dict[str, Any]]) -> Table:
    table = _columns("personal values", "what", "value", "event", "at")
    for each in values:
        table.add_row(each["field"], in_words(each["value"]), each["type"], str(each["position"]))
    return table


def _events_table(events: list[dict[str, Any]]) -> Table:
    table = _columns("made by", "at", "recorded", "who", "event", "rules")
    for event in events:
        rules = [event.get("bundle") or event.get("rules_version") or "", *event.get("rules", [])]
        table.add_row(
            str(event["position"]),
            event["recorded_at"],
            event["who"],
            f"{event['type']}\n{event['event_id']}",
            ", ".join(filter(None, rules)),
        )
    return table
