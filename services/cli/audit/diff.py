"""`blotter audit diff`: is the live state what the ledger says? Like a diff, field by field."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from services.cli.audit import audit_app
from services.cli.audit.opening import open_log
from services.cli.audit.progress import shown
from services.projections.audit.differences import everything
from services.projections.audit.folding import CannotReplayError

Data = Annotated[Path | None, Parameter(name="--data", help="Data directory of the installation.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
All = Annotated[bool, Parameter(name="--all", negative="", help="Compare every view as a whole.")]


@audit_app.command
def diff(*, all_: All = False, data: Data = None, json: Json = False) -> int:
    """Replay from the ledger and compare with the live views; exit 1 when they differ.

    Exit 2 when it cannot tell.
    """
    try:
        found = asyncio.run(_everything(data))
    except CannotReplayError as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 2
    if json:
        print(orjson.dumps(found).decode())
    else:
        _show(found)
    return 1 if found["different_rows"] else 0


async def _everything(data: Path | None) -> dict[str, Any]:
    async with open_log(data) as (connection, _):
        with shown("events replayed") as progress:
            return (await everything(connection, progress)).as_json()


def _show(found: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for row in found["differences"]:
        console.print(Text(f"@@ {row['view']} · {row['table']} · {row['key']} · {row['kind']}"))
        for each in row["fields"]:
            console.print(Text(f"-     live {each['field']}: {_value(each['live'])}", "red"))
            replayed = f"+ replayed {each['field']}: {_value(each['replayed'])}"
            console.print(Text(replayed, "green"))
    more = found["different_rows"] - len(found["differences"])
    if more:
        console.print(f"… and {more:,} more rows")
    print(_summary(found))


def _value(value: Any) -> str:
    return orjson.dumps(value).decode()


def _summary(found: dict[str, Any]) -> str:
    rows = sum(each["live"] for each in found["rows"].values())
    lag = found["head"] - min(found["through"].values())
    return (
        f"{found['events']:,} events replayed, {rows:,} live rows in {len(found['rows'])} tables"
        f" compared, {found['different_rows']:,} different; ledger through position"
        f" {found['head']}" + (f", the slowest view {lag:,} events behind" if lag else "")
    )
