"""Health of loops: each station records when it last made a round, and what is wrong."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from services.runtime.clock import monotonic_seconds, now
from services.runtime.periodic import every

if TYPE_CHECKING:
    from services.runtime.database import Pool

BEAT_SECONDS = 4.0
SILENT_AFTER_SECONDS = 15.0


class Station:
    """One loop of this process; `beat` is called by the loop itself after each round."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started_at = now()
        self.pending = 0
        self.alarm: str | None = None
        self._silent_after_seconds = SILENT_AFTER_SECONDS
        self._last_round = monotonic_seconds()

    def allow_silence(self, seconds: float) -> None:
        """The loop makes a round only every so many seconds."""
        self._silent_after_seconds = SILENT_AFTER_SECONDS + seconds

    def beat(self) -> None:
        """Record that a round was made now."""
        self._last_round = monotonic_seconds()

    @property
    def alive(self) -> bool:
        """Whether the last round was made within the allowed silence."""
        return monotonic_seconds() - self._last_round < self._silent_after_seconds


async def keep_beating(station: Station) -> None:
    """Beat once a second until cancelled: shows that the process's event loop is not blocked."""
    await every(1.0, partial(asyncio.sleep, 0), station)


async def report(pool: Pool, stations: list[Station]) -> None:
    """Write the state of this process's stations to `runtime.stations` until cancelled."""

    async def write() -> None:
        await _write(pool, [station for station in stations if station.alive])

    await every(BEAT_SECONDS, write, Station("stations"))


async def _write(pool: Pool, stations: list[Station]) -> None:
    rows = [(s.name, os.getpid(), s.started_at, s.pending, s.alarm) for s in stations]
    if not rows:
        return
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("set local synchronous_commit = off")
        await connection.execute(
            "insert into stations as s (name, pid, started_at, beat_at, pending, alarm)"
            " select n, p, t, clock_timestamp(), g, a from"
            " unnest(%s::text[], %s::int[], %s::timestamptz[], %s::int8[], %s::text[])"
            " as m (n, p, t, g, a) on conflict (name) do update set pid = excluded.pid,"
            " started_at = excluded.started_at, beat_at = excluded.beat_at,"
            " pending = excluded.pending, alarm = excluded.alarm",
            [*map(list, zip(*rows, strict=True))],
        )
