"""The board: both views and the lag of every station, rendered once for all who watch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.projections import health, queries
from services.projections.runner import CHANGED
from services.projections.totals import Totals
from services.runtime.clock import monotonic_seconds, now
from services.runtime.periodic import every
from services.runtime.stations import Station

if TYPE_CHECKING:
    from services.ledger.app import ReadSide
    from services.runtime.pages import Pages

AT_MOST_EVERY_SECONDS = 0.1
AT_LEAST_EVERY_SECONDS = 5.0
ROWS = 50


@dataclass(slots=True)
class Board:
    """The newest rendering, and a way to wait for the next one."""

    read_side: ReadSide
    pages: Pages
    html: str = ""
    generation: int = 0
    viewers: int = 0
    station: Station = field(default_factory=lambda: Station("web.board"))
    _totals: Totals = field(default_factory=Totals)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def render(self) -> str:
        """The fragment as of now."""
        async with self.read_side.pool.connection() as connection, connection.transaction():
            return self.pages.fragment(
                "board_fragment.html",
                handoffs=await queries.pending_handoffs(connection),
                workload=await queries.workload(connection),
                totals=await self._totals.current(connection),
                cases=await queries.case_status(connection, limit=ROWS),
                stations=await health.stations(connection),
                moment=now(),
            )

    async def run(self) -> None:
        """Render again whenever a view changed, while anybody watches; until cancelled."""
        changed = self.read_side.wake.subscribe(CHANGED)
        await every(AT_LEAST_EVERY_SECONDS, self._refresh, self.station, wakened_by=changed)

    async def _refresh(self) -> None:
        started = monotonic_seconds()
        if self.viewers:
            await self._show(await self.render())
        await asyncio.sleep(max(0.0, AT_MOST_EVERY_SECONDS - (monotonic_seconds() - started)))

    async def _show(self, html: str) -> None:
        async with self._changed:
            self.html = html
            self.generation += 1
            self._changed.notify_all()

    async def next_after(self, generation: int) -> tuple[int, str]:
        """The next rendering a viewer has not seen."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.generation > generation)
            return self.generation, self.html
