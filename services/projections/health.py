"""How every station is doing: alive, and how far behind in events and in seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from events.topics import OWNED
from services.ledger.cosigning import store as cosigners
from services.ledger.monitor.alarms import alarms
from services.projections.rebuilds.progress import parked_rows, progress

if TYPE_CHECKING:
    from services.runtime.database import Connection

SILENT_SECONDS = 15
STUCK_SECONDS = 60

CONSUMERS_SQL = """
select p.consumer, sum(r.numbered_through - p.number)::bigint as lag,
       coalesce(extract(epoch from clock_timestamp() - min(oldest.recorded_at)), 0)::float8
from positions p
join {schema}.relayed r using (topic, partition)
left join lateral (
  select o.recorded_at from {schema}.published n join {schema}.outgoing o using (item_id)
  where n.topic = p.topic and n.partition = p.partition and n.number = p.number + 1
    and p.number < r.numbered_through
) oldest on true
group by p.consumer
"""

RELAY_SQL = """
select '{schema}.relay',
       (select count(*) from (select from {schema}.outbox limit %(most)s) b)
       + (select coalesce(sum(numbered_through - sent_through), 0) from {schema}.relayed)::bigint,
       coalesce(extract(epoch from clock_timestamp() - least(
         (select o.recorded_at from {schema}.outbox b join {schema}.outgoing o using (item_id)
          order by b.id limit 1),
         (select min(o.recorded_at) from {schema}.relayed r
          join {schema}.published n on n.topic = r.topic and n.partition = r.partition
            and n.number = r.sent_through + 1
          join {schema}.outgoing o using (item_id)))), 0)::float8
"""

VIEWS_SQL = """
select 'view.' || c.view, s.size - c.position,
       coalesce(extract(epoch from clock_timestamp() -
         (select recorded_at from ledger where position = c.position)), 0)::float8
from checkpoints c cross join ledger_size s
"""

STATIONS_SQL = """
select name, pid, pending, alarm, extract(epoch from clock_timestamp() - beat_at)::float8
from stations order by name
"""

NEWEST = 10_000
"""Positions looked at for holes; the monitor looks at all of them, in turn (`monitor_alarms`)."""
MOST_COUNTED = 100_000
"""No count walks through more rows than this: it stops there."""

LEDGER_SQL = """
select s.size - 1,
       least(s.size, %(newest)s)
       - (select count(*) from ledger where position >= s.size - %(newest)s and position < s.size)
       + (select count(*) from (select from waiting
            where since < clock_timestamp() - interval '30 seconds' limit %(most)s) w)
from ledger_size s
"""

ASIDE_SQL = """
select (select count(*) from (select from intake.dead_letters where replayed_at is null
          and original is not null limit %(most)s) d),
       (select count(*) from (select from parked limit %(most)s) p)
"""


@dataclass(frozen=True, slots=True)
class StationHealth:
    """One station. `healthy` means: it made a round lately, and is not stuck on a backlog."""

    name: str
    pid: int
    healthy: bool
    lag_events: int
    lag_seconds: float
    alarm: str | None


async def lags(connection: Connection) -> dict[str, tuple[int, float]]:
    """Events and seconds that each consumer, relay and view is behind, by its name."""
    found: dict[str, tuple[int, float]] = {}
    queries = [VIEWS_SQL]
    for schema in OWNED:
        queries += [CONSUMERS_SQL.format(schema=schema), RELAY_SQL.format(schema=schema)]
    for query in queries:
        cursor = await connection.execute(query.encode(), {"most": MOST_COUNTED})
        for name, events, seconds in await cursor.fetchall():
            before = found.get(name, (0, 0.0))
            found[name] = (before[0] + events, max(before[1], seconds))
    return found


async def stations(connection: Connection) -> list[StationHealth]:
    """Every station that ever ran, with its lag now."""
    behind = await lags(connection)
    cursor = await connection.execute(STATIONS_SQL.encode())
    found = []
    for name, pid, pending, alarm, silent in await cursor.fetchall():
        events, seconds = behind.get(name, (pending, 0.0))
        alive = silent < SILENT_SECONDS and alarm is None and seconds < STUCK_SECONDS
        found.append(StationHealth(name, pid, alive, events, round(seconds, 3), alarm))
    return found


async def report(connection: Connection) -> dict[str, Any]:
    """The whole installation, in the shape of `blotter status --json`."""
    bounds = {"newest": NEWEST, "most": MOST_COUNTED}
    cursor = await connection.execute(LEDGER_SQL.encode(), bounds)
    head, holes = await cursor.fetchone() or (-1, 0)
    cursor = await connection.execute(ASIDE_SQL.encode(), {"most": MOST_COUNTED})
    dead_letters, parked = await cursor.fetchone() or (0, 0)
    return {
        "stations": [asdict(station) for station in await stations(connection)],
        "ledger": {"head": head, "holes": holes},
        "monitor": await alarms(connection),
        "cosigners": [asdict(cosigner) for cosigner in await cosigners.health(connection)],
        "dead_letters": dead_letters,
        "parked": parked,
        "parked_rows": [asdict(row) for row in await parked_rows(connection)],
        "views": [view.as_dict() for view in await progress(connection)],
    }
