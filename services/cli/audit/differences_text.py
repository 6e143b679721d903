"""The answer of `blotter audit diff` as a diff."""

from __future__ import annotations

from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from services.audit.differences import MISSING, UNKNOWN


def print_differences(found: dict[str, Any]) -> None:
    """Every row that differs, field by field, then the totals."""
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
