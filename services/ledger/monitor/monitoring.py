"""The monitor: recomputes the tree and compares the head with what owners committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.ledger.monitor import head
from services.ledger.monitor.alarms import alarms
from services.ledger.monitor.recomputing import MismatchError, Recomputing
from services.ledger.proofs import growth
from services.runtime.clock import monotonic_seconds
from services.runtime.log import logger
from services.runtime.periodic import UnhealthyError, every

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.proofs.tree import Frontier
    from services.runtime.database import Connection, Pool
    from services.runtime.stations import Station

ROUND_SECONDS = 2.0
BATCH = 2000
REST_SECONDS = 60.0
"""Between two passes over the whole ledger."""
WHAT_TO_DO = "see “History” in deploy/RUNBOOK.md"
KEEP_SQL = """
insert into monitor_alarms (kind, detail, since) values (%s, %s, clock_timestamp())
on conflict (kind) do update set detail = excluded.detail
"""
ROUND_SQL = """
update monitor_pass set through = %(through)s,
  began_at = case when %(first)s then clock_timestamp() else began_at end,
  completed_at = case when %(whole)s then clock_timestamp() else completed_at end,
  completed_size = case when %(whole)s then %(through)s else completed_size end
"""


@dataclass(slots=True)
class Monitor:
    """One log under watch. `follower` recomputes what is appended, `whole` everything in turn."""

    pool: Pool
    origin: str
    topics: Sequence[str]
    batch: int = BATCH
    watch: head.HeadWatch = field(default_factory=head.HeadWatch)
    follower: Recomputing | None = None
    whole: Recomputing = field(default_factory=Recomputing)
    _rests_until: float = 0.0

    async def round(self, seconds: float) -> dict[str, str]:
        """Look once; gives every alarm that stands, by kind, and keeps them."""
        async with self.pool.connection() as connection:
            # One snapshot: the ledger grows meanwhile.
            async with connection.transaction():
                await connection.execute(
                    "set transaction isolation level repeatable read read only"
                )
                found = self.watch.alarms(await head.read(connection, self.topics), seconds)
                tree = (await growth.read(connection)).tree
                follower = self.follower or Recomputing(tree, tree.size)
                new = await self._extend(connection, "new", follower, tree.size)
                self.follower = None if new else follower
                passing = seconds >= self._rests_until
                stored = await self._pass(connection, tree) if passing else None
            whole = passing and not stored and self.whole.tree.size == tree.size
            async with connection.transaction():
                await self._keep(
                    connection, found | _described("new", new) | _described("stored", stored)
                )
                await self._note(connection, whole=whole)
            if whole or stored:
                self.whole, self._rests_until = Recomputing(), seconds + REST_SECONDS
            return await alarms(connection)

    async def _pass(self, connection: Connection, tree: Frontier) -> str | None:
        """Some more of the whole ledger; at its end its root has to be that of the tree kept."""
        if wrong := await self._extend(connection, "stored", self.whole, tree.size):
            return wrong
        if self.whole.tree.size == tree.size and self.whole.tree.root() != tree.root():
            return "the tree that is kept is not that of the stored events"
        return None

    async def _note(self, connection: Connection, *, whole: bool) -> None:
        """How far the pass is; a mismatch stays until a whole pass was good."""
        if whole:
            await connection.execute("delete from monitor_alarms where kind in ('new', 'stored')")
        through = self.whole.tree.size
        await connection.execute(
            ROUND_SQL, {"through": through, "first": through <= self.batch, "whole": whole}
        )

    async def _extend(
        self, connection: Connection, what: str, tree: Recomputing, size: int
    ) -> str | None:
        """Recompute a batch; what does not match, in words."""
        end = min(size, tree.tree.size + self.batch)
        if tree.tree.size > size:
            return f"the tree has shrunk to {size} events"
        try:
            await tree.extend(connection, end, self.origin)
        except MismatchError as error:
            logger().error("monitor.mismatch", part=what, position=error.position)
            return str(error)
        return None

    async def _keep(self, connection: Connection, found: dict[str, str]) -> None:
        """Alarms of the head pass with their cause; a mismatch stays until a whole pass is good."""
        before = await alarms(connection)
        for kind, detail in found.items():
            if kind not in before:
                logger().error("monitor.alarm", kind=kind, detail=detail)
            await connection.execute(KEEP_SQL, [kind, detail])
        for kind in before.keys() - found.keys() - {"new", "stored"}:
            logger().warning("monitor.cleared", kind=kind)
            await connection.execute("delete from monitor_alarms where kind = %s", [kind])


def _described(kind: str, detail: str | None) -> dict[str, str]:
    return {kind: detail} if detail else {}


async def keep(pool: Pool, origin: str, topics: Sequence[str], station: Station) -> None:
    """Watch until cancelled; what is wrong at the moment is the station's alarm."""
    monitor = Monitor(pool, origin, topics)

    async def look() -> None:
        if found := await monitor.round(monotonic_seconds()):
            raise UnhealthyError(f"{'; '.join(found.values())}: {WHAT_TO_DO}")

    await every(ROUND_SECONDS, look, station)
