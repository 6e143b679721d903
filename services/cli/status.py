"""`blotter status`: every process and station, how far behind, the ledger's head."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.local.status import is_well, read_status


def status(*, data: Data = None, json: Json = False) -> int:
    """Every process and station with its lag; exit 1 when something is not well."""
    found = asyncio.run(read_status(find_settings(data), data))
    if json:
        print(orjson.dumps(found).decode())
    else:
        _print(found)
    return 0 if is_well(found) else 1


def _print(found: dict[str, Any]) -> None:
    table = Table("station", "pid", "state", "behind", "seconds")
    for station in found["stations"]:
        state = "healthy" if station["healthy"] else station["alarm"] or "not healthy"
        table.add_row(
            station["name"],
            str(station["pid"]),
            state,
            str(station["lag_events"]),
            f"{station['lag_seconds']:.1f}",
        )
    console = Console()
    console.print(table)
    ledger = found["ledger"]
    console.print(
        f"ledger head {ledger['head']}, holes {ledger['holes']};"
        f" dead letters {found['dead_letters']}, parked {found['parked']}"
    )
    for kind, detail in found["monitor"].items():
        console.print(f"ALARM {kind}: {detail}", markup=False, soft_wrap=True)
    for cosigner in found["cosigners"]:
        seen = f"seen {cosigner['last_seen'] or 'never'}, {cosigner['lag_events']} events behind"
        refused = f"; refuses: {cosigner['refused']}" if cosigner["refused"] else ""
        console.print(f"cosigner {cosigner['name']}: {seen}{refused}", markup=False, soft_wrap=True)
