"""Waiting until every station of a new start has made a round and the pages are served."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from services.projections import health
from services.runtime.database import connect

if TYPE_CHECKING:
    from pathlib import Path

    from services.local.supervisor import Supervisor

STATIONS = {
    "web",
    "intake",
    "intake.relay",
    "triage",
    "triage.relay",
    "casework",
    "casework.relay",
    "access.relay",
    "ledger",
    "proofs",
    "cosigning",
    "monitor",
    "search",
    "rebuilds",
    "view.case-status",
    "view.workload",
    "view.personal-data",
    "view.records-requests",
    "view.who-read",
}
READY_SECONDS = 60


class NotReadyError(Exception):
    """Some stations did not come up; the message names them and their logs."""


async def wait_until_healthy(
    database_url: str, url: str, supervisor: Supervisor, logs: Path
) -> None:
    """Return when all are healthy; NotReadyError after READY_SECONDS."""
    missing = set(STATIONS)
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while missing:
                await asyncio.sleep(0.1)
                missing = STATIONS - await _healthy(database_url, url, supervisor)
    if missing:
        raise NotReadyError(
            f"not ready after {READY_SECONDS} s: {', '.join(sorted(missing))}; see {logs}"
        )


async def _healthy(database_url: str, url: str, supervisor: Supervisor) -> set[str]:
    """The stations of this start's processes that made a round and have no alarm."""
    pids = {state.pid for state in supervisor.processes()}
    async with await connect(database_url, "projections") as connection:
        stations = await health.stations(connection)
    healthy = {s.name for s in stations if s.alarm is None and s.pid in pids}
    if "web" in healthy and not await _answers(url):
        healthy.discard("web")
    return healthy


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        try:
            return (await client.get(f"{url}/health")).status_code == 200
        except httpx.HTTPError:
            return False
