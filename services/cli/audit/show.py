"""`blotter audit show NUMBER`: the record as it was known, and what made it so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson

from services.audit.as_of import read_as_of
from services.audit.elsewhere.remote import Remote
from services.audit.record_as_of import shown
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.exit_codes import exit_codes
from services.cli.audit.record_tables import print_record
from services.cli.options import Data, Json
from services.runtime.clock import now


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
    with exit_codes():
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
        print_record(found)
    return 0


async def _replayed(
    number: str, data: Path | None, position: str | None, recorded: str | None, occurred: str | None
) -> dict[str, Any]:
    as_of = read_as_of(position, recorded, occurred, now())
    async with open_question(data) as question:
        past, seen = await question.load("show", number, as_of)
    return shown(past, as_of, seen)
