"""`blotter audit diff`: is the live state what the ledger says? Like a diff, field by field."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from services.audit.differences import MISSING, UNKNOWN, everything, of_record, of_sample
from services.audit.elsewhere.remote import CannotTellError, Remote
from services.audit.recorded import record_diff
from services.cli.audit import audit_app
from services.cli.audit.asking import open_asking, wrong_or_untold
from services.cli.audit.progress import shown
from services.cli.options import Data, Json

All = Annotated[bool, Parameter(name="--all", negative="", help="Compare every view as a whole.")]


@audit_app.command
def diff(
    number: str | None = None,
    *,
    all_: All = False,
    sample: str | None = None,
    seed: int = 0,
    data: Data = None,
    json: Json = False,
) -> int:
    """Replay from the ledger and compare with the live views, field by field.

    Of a report, call or case number; of --all; or of a share of all reports, --sample 1%, drawn by
    --seed. Exit 1 when they differ, 2 when nobody can tell (an event that cannot be folded).
    """
    percent = None if sample is None else _percent(sample)
    if [number is not None, all_, sample is not None].count(True) != 1:
        raise CannotTellError("name a number, or --all, or --sample with a share such as 1%")
    remote = Remote.of(data)
    if remote:
        found = remote.get("diff", number=number, percent=percent, seed=seed)
    else:
        with wrong_or_untold():
            found = asyncio.run(_compared(data, number, percent, seed))
    if "different_rows" not in found:
        raise CannotTellError(f"{found.get('title')}: {found.get('detail')}")
    if json:
        print(orjson.dumps(found).decode())
    else:
        _show(found)
    return 1 if found["different_rows"] else 2 if found["frozen"] else 0


def _percent(text: str) -> str:
    try:
        share = float(text.removesuffix("%"))
    except ValueError:
        share = 0.0
    if not text.endswith("%") or not 0 < share <= 100:
        raise CannotTellError(f"a share is written 1% or 0.5%, up to 100%, not {text!r}")
    return text.removesuffix("%")


async def _compared(
    data: Path | None, number: str | None, percent: str | None, seed: int
) -> dict[str, Any]:
    async with open_asking(data) as asking:
        connection, share = asking.connection, float(percent) if percent else None
        if number is not None:
            compared = await of_record(connection, number)
        elif share is not None:
            compared = await of_sample(connection, share, seed)
        else:
            with shown("events replayed") as progress:
                compared = await everything(connection, progress)
        await record_diff(asking.access, asking.reader, compared, number=number, percent=share)
    return compared.as_json()


def _show(found: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for row in found["differences"]:
        console.print(Text(f"@@ {row['view']} · {row['table']} · {row['key']} · {row['kind']}"))
        for each in row["fields"]:
            if row["kind"] != MISSING:
                console.print(Text(f"- live     {each['field']}: {_value(each['live'])}", "red"))
            if row["kind"] != UNKNOWN:
                replayed = f"+ replayed {each['field']}: {_value(each['replayed'])}"
                console.print(Text(replayed, "green"))
    more = found["different_rows"] - len(found["differences"])
    if more:
        console.print(f"… and {more:,} more rows")
    for table, frozen in found["frozen"].items():
        first = min(frozen.values())
        print(f"{table}: {len(frozen):,} rows stand still; position {first} cannot be folded")
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
