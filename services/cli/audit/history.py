"""`blotter audit history NUMBER`: every event of a record, with who, when, why and from what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from services.audit.elsewhere.remote import Remote
from services.audit.record_history import history_of
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.exit_codes import exit_codes
from services.cli.options import Data, Json
from services.console.words import in_words

POLL_SECONDS = 1.0


@audit_app.command
def history(number: str, *, follow: bool = False, data: Data = None, json: Json = False) -> int:
    """Tell every event of a report, call or case number in ledger order; --follow waits for more.

    With --follow and --json each event is a line of its own. Exit 1 when a view leads to the wrong
    record, 2 when there is none.
    """
    with exit_codes():
        asyncio.run(_tell(number, data, follow=follow, json=json))
    return 0


async def _tell(number: str, data: Path | None, *, follow: bool, json: bool) -> None:
    seen: set[int] = set()
    async with aclosing(_answers(number, data)) as answers:
        async for found in answers:
            new = [event for event in found["items"] if event["position"] not in seen]
            seen |= {event["position"] for event in new}
            if json and not follow:
                print(orjson.dumps(found).decode())
            for event in new if follow or not json else ():
                _print(event, json=json)
            if not follow:
                return
            await asyncio.sleep(POLL_SECONDS)


async def _answers(number: str, data: Path | None) -> AsyncGenerator[dict[str, Any]]:
    """The history as it is, again and again."""
    if remote := Remote.of(data):
        while True:
            yield await asyncio.to_thread(remote.get, "history", number=number)
    async with open_question(data) as question:
        while True:
            answer = history_of(*await question.load("history", number))
            yield orjson.loads(orjson.dumps(answer))


def _print(event: dict[str, Any], *, json: bool) -> None:
    if json:
        print(orjson.dumps(event).decode(), flush=True)
        return
    console = Console(highlight=False)
    console.print(f"[bold]{event['position']}  {event['type']}[/bold]  {event['event_id']}")
    for name, text in _lines(event):
        if text:
            console.print(f"    {name:<9} {text}", markup=False, soft_wrap=True)


def _lines(event: dict[str, Any]) -> list[tuple[str, str]]:
    cause, source = event["cause"], event["source"]
    place = "" if cause["position"] is None else f" at {cause['position']}"
    rules = event["rules"]
    changes = [
        f"{each['table']}.{each['field']}: {in_words(each['before'])} → {in_words(each['after'])}"
        for each in event["changes"]
        if each["field"] not in ("key", "position", "received_position", "version")
        and each["after"] not in (None, [])
    ]
    return [
        ("when", f"occurred {event['occurred_at']}, recorded {event['recorded_at']}"),
        ("who", f"{event['who']} for {event['on_behalf_of']} through {event['through']}"),
        ("from", f"{cause['kind']} {cause['id']}{place}"),
        ("led to", ", ".join(map(str, event["led_to"]))),
        ("why", ", ".join(rules.get("rules", []))),
        ("rules", str(rules.get("bundle", rules.get("rules_version", "")))),
        ("came by", f"{source['topic']}/{source['partition']} number {source['number']}"),
        *((name.replace("_", " "), in_words(fact)) for name, fact in event["facts"].items()),
        *(("changed", change) for change in changes),
    ]
