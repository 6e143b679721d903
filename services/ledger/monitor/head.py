"""Does the head move? Asked of the owners' own tables, so that nothing in between can hide it.

A relay that sends nothing, a Kafka that delivers nothing and a ledger that appends nothing look the
same from here: events were committed, and the head stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.topics import OWNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection

STALLED_SECONDS = 30.0
WAITING_SECONDS = 60

COMMITTED_SQL = """
select (select count(*) from {schema}.outbox where topic = any(%(topics)s))
       + (select coalesce(sum(numbered_through), 0) from {schema}.relayed
          where topic = any(%(topics)s))
"""
HEAD_SQL = """
select s.size,
       coalesce((select max(position) + 1 from ledger), 0),
       (select sum(n) from ({committed}) as c (n))::bigint,
       (select coalesce(sum(number), 0) from positions
        where consumer = 'ledger' and topic = any(%(topics)s))::bigint,
       (select count(*) from waiting) + (select count(*) from parked where consumer = 'ledger'),
       (select count(*) from waiting
        where since < clock_timestamp() - make_interval(secs => %(patience)s)),
       coalesce((select max(size) from signed_checkpoints), 0)
from ledger_size s
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The ledger's head beside what its owners committed, in one snapshot."""

    size: int
    rows_end: int
    """One beyond the last position there is a row for."""
    committed: int
    """Events the owners committed, sent or not."""
    taken: int
    """Events the ledger's consumer says it has taken."""
    aside: int
    """Taken, but waiting for their cause or parked."""
    waiting_long: int
    signed: int
    """The largest size that was signed."""

    @property
    def behind(self) -> int:
        """Committed by their owners and not in the ledger."""
        return max(0, self.committed - self.taken)


async def read(connection: Connection, topics: Sequence[str]) -> Head:
    """The head now."""
    committed = " union all ".join(COMMITTED_SQL.format(schema=schema) for schema in OWNED)
    cursor = await connection.execute(
        HEAD_SQL.format(committed=committed).encode(),
        {"topics": list(topics), "patience": WAITING_SECONDS},
    )
    row = await cursor.fetchone()
    assert row is not None
    return Head(*row)


@dataclass(slots=True)
class HeadWatch:
    """Notices a head that stands still; the clock runs only while something waits for it."""

    _size: int = -1
    _since: float = 0.0

    def alarms(self, head: Head, seconds: float) -> dict[str, str]:
        """What is wrong at this moment of a monotonic clock, by kind."""
        if head.size != self._size or not head.behind:
            self._size, self._since = head.size, seconds
        still = seconds - self._since
        found: dict[str, str] = {}
        if still >= STALLED_SECONDS:
            found["stalled"] = (
                f"the head stands at {head.size} while {head.behind} committed events wait for it"
            )
        if head.rows_end != head.size:
            found["end"] = f"the ledger has rows up to {head.rows_end}, its size says {head.size}"
        if head.signed > head.size:
            found["truncated"] = f"{head.signed} events were signed, {head.size} are there"
        if head.taken > head.size + head.aside:
            lost = head.taken - head.size - head.aside
            found["passed-over"] = f"{lost} events were taken and are not in the ledger"
        if head.waiting_long:
            found["waiting"] = (
                f"{head.waiting_long} events wait for their cause longer than {WAITING_SECONDS} s"
            )
        return found
