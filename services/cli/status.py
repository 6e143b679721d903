"""`blotter status`: every process and station, how far behind, the ledger's head."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import psutil
from rich.console import Console
from rich.table import Table

from services.local.installation import Installation
from services.projections import health
from services.runtime.database import connect

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings


async def read_status(settings: Settings, data: Path | None) -> dict[str, Any]:
    """The report of `services/projections/health.py`, the local servers in front."""
    async with await connect(settings.database_url, "projections") as connection:
        found = await health.report(connection)
    found["stations"] = _servers(data) + found["stations"]
    return found


def _servers(data: Path | None) -> list[dict[str, Any]]:
    """Kafka and Postgres as stations; they have no lag of their own."""
    running = Installation.find(data).read()
    if running is None:
        return []
    return [
        asdict(
            health.StationHealth(
                name=name,
                pid=process.pid or 0,
                healthy=process.pid is not None and psutil.pid_exists(process.pid),
                lag_events=0,
                lag_seconds=0.0,
                alarm=None,
            )
        )
        for name, process in running.processes.items()
        if name in ("postgres", "kafka")
    ]


def is_well(found: dict[str, Any]) -> bool:
    """Every station healthy, no hole in the ledger, and nothing that the monitor found."""
    alarmed = found["ledger"]["holes"] or found["monitor"]
    return not alarmed and all(s["healthy"] for s in found["stations"])


def show(found: dict[str, Any]) -> None:
    """The report for a person."""
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
