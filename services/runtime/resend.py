"""When to send again: a consumer that lives, lacks something, and does not move.

One mechanism heals a wiped or re-created topic, a truncated log, an expired retention and a
client's silent skip. Sending again is always harmless, so it only has to be rare enough: patience
doubles while the same consumer stays at the same number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.runtime.clock import monotonic_seconds

if TYPE_CHECKING:
    from services.runtime.database import Connection
    from services.runtime.kafka import Place

LOOK_EVERY_SECONDS = 1.0
FIRST_PATIENCE_SECONDS = 2.0
BUSY_PATIENCE_SECONDS = 30.0
LONGEST_PATIENCE_SECONDS = 120.0
BEHIND_SQL = """
select p.consumer, p.topic, p.partition, p.number, r.sent_through, p.wanted is not null,
       exists (select from positions q where q.consumer = p.consumer
               and q.moved_at > clock_timestamp() - interval '2 seconds')
from positions p
join relayed r using (topic, partition)
join stations s on s.name = p.consumer and s.beat_at > clock_timestamp() - interval '15 seconds'
where p.number < r.sent_through
"""


@dataclass(slots=True)
class Stuck:
    """A consumer that stays at one number: since when, and the wait before the next resend."""

    number: int
    since: float
    patience: float = FIRST_PATIENCE_SECONDS


@dataclass(slots=True)
class Resend:
    """Reads the positions of this relay's consumers and decides what to send again."""

    connection: Connection
    _seen: dict[tuple[str, Place], Stuck] = field(default_factory=dict)
    _looked_at: float = 0.0

    async def wanted(self) -> list[tuple[Place, int, int]]:
        """Ranges to send again now: (topic and partition, after number, through number)."""
        now = monotonic_seconds()
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return []
        self._looked_at = now
        cursor = await self.connection.execute(BEHIND_SQL)
        behind = await cursor.fetchall()
        self._forget({(row[0], (row[1], row[2])) for row in behind})
        stretches: dict[Place, tuple[int, int]] = {}
        for consumer, topic, partition, number, sent_through, gap, busy in behind:
            place = (topic, partition)
            if self._is_due((consumer, place), number, now, gap=gap, busy=busy):
                after = min(number, stretches.get(place, (number, 0))[0])
                stretches[place] = (after, sent_through)
        return [(place, after, through) for place, (after, through) in stretches.items()]

    def _forget(self, behind: set[tuple[str, Place]]) -> None:
        for key in self._seen.keys() - behind:
            del self._seen[key]

    def _is_due(
        self, key: tuple[str, Place], number: int, now: float, *, gap: bool, busy: bool
    ) -> bool:
        stuck = self._seen.get(key)
        if stuck is None or stuck.number != number:
            self._seen[key] = Stuck(number, now)
            return False
        patience = stuck.patience
        if busy and not gap:
            patience = max(patience, BUSY_PATIENCE_SECONDS)
        if now - stuck.since < patience:
            return False
        stuck.since = now
        stuck.patience = min(stuck.patience * 2, LONGEST_PATIENCE_SECONDS)
        return True
