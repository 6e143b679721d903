"""The health of an installation: its local servers, every station, the ledger's head."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import psutil

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
