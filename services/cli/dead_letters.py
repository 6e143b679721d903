"""`blotter dead-letters list | show | replay`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from uuid import UUID

import cyclopts
import orjson
from rich.console import Console
from rich.table import Table

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.intake import dead_letter_operations as operations

dead_letters_app = cyclopts.App(
    name="dead-letters", help="What came from partners and could not be used."
)


@dead_letters_app.command(name="list")
def list_letters(*, data: Data = None, limit: int = 100, json: Json = False) -> int:
    """The newest dead letters; exit 1 when some wait."""
    found = asyncio.run(operations.newest(find_settings(data), limit))
    if json:
        print(orjson.dumps(found).decode())
    else:
        Console().print(_table(found))
    return 1 if any(letter["replayed_at"] is None and letter["kept"] for letter in found) else 0


@dead_letters_app.command(name="show")
def show_letter(letter_id: UUID, *, data: Data = None) -> int:
    """One dead letter whole, original bytes included."""
    found = asyncio.run(operations.original(find_settings(data), letter_id))
    if found is None:
        print("there is no such dead letter", file=sys.stderr)
        return 2
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    return 0


@dead_letters_app.command(name="replay")
def replay_letter(letter_id: UUID, *, data: Data = None) -> int:
    """Use a dead letter after all; exit 1 with the reason when it still cannot be used."""
    refused = asyncio.run(operations.replay(find_settings(data), letter_id))
    print(refused or "accepted", file=sys.stderr if refused else sys.stdout)
    return 1 if refused else 0


def _table(letters: list[dict[str, Any]]) -> Table:
    table = Table("id", "partner", "reason", "place", "received", "replayed", "original")
    for letter in letters:
        place = f"{letter['topic']}/{letter['partition']}@{letter['record_offset']}"
        table.add_row(
            str(letter["id"]),
            letter["partner"],
            letter["reason"],
            place,
            f"{letter['received_at']:%Y-%m-%d %H:%M:%S}",
            "yes" if letter["replayed_at"] else "no",
            "kept" if letter["kept"] else "gone",
        )
    return table
