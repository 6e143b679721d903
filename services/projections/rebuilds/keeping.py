"""The keeper, in the projections process: starts the builder, follows copies, switches when asked.

It holds nothing in memory that matters: after a crash it finds what was asked in `rebuilds`.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.projections.following import follow
from services.projections.rebuilds.copies import NEXT, OLD
from services.projections.rebuilds.requests import ASKED, NotNowError, find_view
from services.projections.rebuilds.switching import switch
from services.projections.runner import Runner
from services.runtime.clock import monotonic_seconds
from services.runtime.log import logger
from services.runtime.periodic import every
from services.runtime.stations import Station
from services.runtime.together import stop

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from services.runtime.database import Pool
    from services.runtime.wake import Wake

POLL_SECONDS = 1.0
AGAIN_AFTER_SECONDS = 5.0
"""A builder that ended without having built is not started again at once."""
BUILDER = (sys.executable, "-m", "services.projections.rebuilds")
FOLLOWED = {"built": NEXT, "switched": OLD}


@dataclass(slots=True)
class Keeper:
    """What runs in this process for the rebuilds that were asked for. One builder at a time."""

    database_url: str
    pool: Pool
    wake: Wake
    following: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    builder: Process | None = None
    built_for: str = ""
    not_before: float = 0.0

    async def run(self, station: Station) -> None:
        """Until cancelled; the builder ends with us."""
        try:
            await every(POLL_SECONDS, self._round, station, wakened_by=self.wake.subscribe(ASKED))
        finally:
            await self._end()

    async def _round(self) -> None:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "select view, state, switch_when_built from rebuilds order by started_at"
            )
            asked = await cursor.fetchall()
        wanted = {(view, FOLLOWED[state]) for view, state, _ in asked if state in FOLLOWED}
        self._follow(wanted)
        await self._build([view for view, state, _ in asked if state == "building"])
        for view, state, at_once in asked:
            if state == "built" and at_once:
                await self._switch(view)

    def _follow(self, wanted: set[tuple[str, str]]) -> None:
        for copy in self.following.keys() - wanted:
            self.following.pop(copy).cancel()
        for name, suffix in wanted - self.following.keys():
            runner = Runner(find_view(name), suffix)
            self.following[name, suffix] = asyncio.create_task(
                follow(runner, self.database_url, self.wake, Station(runner.checkpoint))
            )

    async def _build(self, views: list[str]) -> None:
        if self.builder is not None:
            if self.builder.returncode is None:
                return
            logger().info("rebuilds.builder_ended", view=self.built_for)
            self.builder = None
        if views and monotonic_seconds() >= self.not_before:
            self.not_before = monotonic_seconds() + AGAIN_AFTER_SECONDS
            self.built_for = min(views, key=lambda view: view == self.built_for)
            self.builder = await asyncio.create_subprocess_exec(*BUILDER, self.built_for)

    async def _switch(self, name: str) -> None:
        try:
            async with self.pool.connection() as connection:
                position = await switch(connection, find_view(name))
            logger().info("rebuilds.switched", view=name, position=position)
        except NotNowError as error:
            logger().warning("rebuilds.not_switched", view=name, reason=str(error))

    async def _end(self) -> None:
        await stop(self.following.values())
        if self.builder is not None and self.builder.returncode is None:
            with suppress(ProcessLookupError):
                self.builder.terminate()
            await self.builder.wait()
