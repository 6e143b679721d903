"""`blotter audit who-read CASE`: who saw, opened, exported or replayed a record, when and why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from services.audit.elsewhere.remote import CannotTellError, Remote
from services.audit.who_read import who_read_number
from services.cli.audit import audit_app
from services.cli.audit.connections import open_log
from services.cli.options import Data, Json


@audit_app.command
def who_read(number: str, *, data: Data = None, json: Json = False) -> int:
    """Who read the record of a report, call or case number, in order; exit 2 when there is none.

    Locally beside the database; with BLOTTER_URL and BLOTTER_TOKEN over HTTP.
    """
    remote = Remote.of(data)
    found = remote.get("who-read", number=number) if remote else asyncio.run(_read(number, data))
    if json:
        print(orjson.dumps(found).decode())
    else:
        _show(found)
    return 0


async def _read(number: str, data: Path | None) -> dict[str, Any]:
    async with open_log(data) as (connection, log):
        found = await who_read_number(connection, log.keyring, number)
    if found is None:
        raise CannotTellError("no report, call or case has this number")
    return found


def _show(found: dict[str, Any]) -> None:
    table = Table("when", "who", "role", "through", "did", "what", "why", title=found["number"])
    for read in found["items"]:
        why = ": ".join(each for each in (read["reason"], read["explanation"]) if each)
        what = ", ".join([*read["fields"], *([read["detail"]] if read["detail"] else [])])
        table.add_row(
            str(read["read_at"]), read["who"], read["role"], read["through"], read["did"], what, why
        )
    Console().print(table)
    print(f"known through ledger position {found['through_position']}")
