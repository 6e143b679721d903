"""`blotter audit show NUMBER`: the record as it was known, and what made it so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from services.audit.as_of import read_as_of
from services.audit.elsewhere.remote import Remote
from services.audit.showing import shown
from services.cli.audit import audit_app
from services.cli.audit.asking import open_asking, wrong_or_untold
from services.cli.options import Data, Json
from services.console.words import in_words
from services.runtime.clock import now

UNSAID = frozenset({"key", "position", "received_position", "version"})
"""Columns that say nothing of the record itself; `--json` has them."""


@audit_app.command
def show(
    number: str,
    *,
    as_of_position: str | None = None,
    recorded_as_of: str | None = None,
    occurred_as_of: str | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Show the record of a report, call or case number as it was known, replayed from the ledger.

    As of a ledger position, of what was recorded by a time, or of what had happened by a time;
    times as 2026-03-01T14:30:00-05:00. Beside each value: the event and the rules that made it.
    Exit 1 when a view leads to the wrong record, 2 when there is nothing to show.
    """
    asked = {
        "as_of_position": as_of_position,
        "recorded_as_of": recorded_as_of,
        "occurred_as_of": occurred_as_of,
    }
    with wrong_or_untold():
        remote = Remote.of(data)
        if remote:
            found = remote.get("show", number=number, **asked)
        else:
            found = orjson.loads(
                orjson.dumps(asyncio.run(_replayed(number, data, *asked.values())))
            )
    if json:
        print(orjson.dumps(found).decode())
    else:
        _print(found)
    return 0


async def _replayed(
    number: str, data: Path | None, position: str | None, recorded: str | None, occurred: str | None
) -> dict[str, Any]:
    as_of = read_as_of(position, recorded, occurred, now())
    async with open_asking(data) as asking:
        past, seen = await asking.load("show", number, as_of)
    return shown(past, as_of, seen)


def _print(found: dict[str, Any]) -> None:
    console = Console()
    as_of = f"as of {found['as_of']}" if found["as_of"] else "as known now"
    console.print(f"{found['number']} {as_of}, from ledger position {found['through_position']}")
    for state in found["states"]:
        console.print(_table(state))
    if found["personal"]:
        console.print(_personal(found["personal"]))
    console.print(_makers(found["events"]))


def _columns(title: str, *names: str) -> Table:
    """A table that folds what is too long: an id cut short is of no use."""
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _table(state: dict[str, Any]) -> Table:
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


def _personal(values: list[dict[str, Any]]) -> Table:
    table = _columns("personal values", "what", "value", "event", "at")
    for each in values:
        table.add_row(each["field"], in_words(each["value"]), each["type"], str(each["position"]))
    return table


def _makers(events: list[dict[str, Any]]) -> Table:
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
