"""How many reports, calls for service and cases there are, counted at a bounded cost.

The count walks through whole views, since nothing here is incremented. It is kept ten times as long
as it took: in a small installation it is as good as new, in a large one it says when it was made.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.runtime.clock import monotonic_seconds, now

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection

KEPT_FOR_TIMES_ITS_DURATION = 10
TOTALS_SQL = """
select (select count(*) from case_status_reports where purpose <> 'exercise'),
       count(*), count(*) filter (where is_case)
from workload_calls where purpose <> 'exercise'
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Each counted apart, without exercises, at one moment."""

    reports: int
    calls: int
    cases: int
    counted_at: datetime


class Totals:
    """The newest count; one of several callers counts, the others wait for it."""

    def __init__(self) -> None:
        self._counted: Counted | None = None
        self._kept_until = 0.0
        self._counting = asyncio.Lock()

    async def current(self, connection: Connection) -> Counted:
        """The count that is kept, or a new one when its time is over."""
        async with self._counting:
            if self._counted is None or monotonic_seconds() >= self._kept_until:
                began = monotonic_seconds()
                self._counted = await _count(connection)
                ended = monotonic_seconds()
                self._kept_until = ended + KEPT_FOR_TIMES_ITS_DURATION * (ended - began)
            return self._counted


async def _count(connection: Connection) -> Counted:
    moment = now()
    row = await (await connection.execute(TOTALS_SQL)).fetchone()
    assert row is not None
    reports, calls, cases = row
    return Counted(reports, calls, cases, moment)
