"""The ledger beside what the owners of its events keep: where each came from, and its bytes.

The tree covers an event's bytes. Topic, partition and number are the way it came; they are in no
leaf, and are compared with what its owner numbered and published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from services.proofs.finding import Finding, first

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.runtime.database import Connection

RANGE = "l.position >= %(start)s and l.position < %(end)s"
PLACES = "l.position = any(%(positions)s)"
ALTERED = "the stored bytes are not those that its owner committed"
STRAYED = "its owner published no such event as that topic, partition, number"
TABLES_SQL = """
select schemaname from pg_tables
where tablename = %s and schemaname in ('access', 'casework', 'intake', 'triage')
order by schemaname
"""
STRAYED_SQL = """
select min(l.position) from ledger l
left join ({published}) p using (topic, partition, number)
where l.position >= %(start)s and l.position < %(end)s and p.item_id is distinct from l.event_id
"""
LOST_SQL = """
select count(*) from ({published}) p
join runtime.positions s on s.consumer = 'ledger' and s.topic = p.topic
  and s.partition = p.partition and p.number <= s.number
where not exists (select from ledger l where l.event_id = p.item_id)
  and not exists (select from waiting w where w.event_id = p.item_id)
  and not exists (select from runtime.parked k where k.consumer = 'ledger'
    and (k.topic, k.partition, k.number) = (p.topic, p.partition, p.number))
"""
ALTERED_SQL = """
select min(l.position) from ledger l join ({events}) e using (event_id)
where l.position >= %(start)s and l.position < %(end)s and l.body <> e.body
"""
COMMITTED_SQL = """
select e.event_id::text from ({events}) e
join runtime.positions s on s.consumer = 'ledger' and s.topic = e.topic
  and s.partition = e.partition
where e.stream_id = any(%(streams)s)
  and exists (select from ({published}) p where p.item_id = e.event_id and p.topic = e.topic
    and p.partition = e.partition and p.number <= s.number)
  and not exists (select from waiting w where w.event_id = e.event_id)
  and not exists (select from runtime.parked k join ({published}) p
    using (topic, partition, number) where k.consumer = 'ledger' and p.item_id = e.event_id)
"""


async def committed(connection: Connection, streams: Collection[str]) -> set[str]:
    """Ids of the events in these streams that their owners committed and the ledger took."""
    events = await _all(connection, "events", "event_id, stream_id, topic, partition")
    published = await _all(connection, "published", "topic, partition, number, item_id")
    if events is None or published is None:
        return set()
    statement = sql.SQL(COMMITTED_SQL).format(events=events, published=published)
    cursor = await connection.execute(statement, {"streams": list(streams)})
    return {row[0] for row in await cursor.fetchall()}


async def contradiction_at(connection: Connection, positions: Sequence[int]) -> Finding | None:
    """The first of these events whose bytes, or whose way here, are not as its owner keeps them."""
    events = await _all(connection, "events", "event_id, body")
    published = await _all(connection, "published", "topic, partition, number, item_id")
    found = []
    if events is not None:
        query = ALTERED_SQL.replace(RANGE, PLACES)
        if (altered := await _number(connection, query, events, positions=positions)) is not None:
            found.append(Finding(altered, ALTERED))
    if published is not None:
        query = STRAYED_SQL.replace(RANGE, PLACES)
        if (at := await _number(connection, query, published, positions=positions)) is not None:
            found.append(Finding(at, STRAYED))
    return first(found)


async def contradiction(connection: Connection, start: int, end: int) -> Finding | None:
    """The first event that did not come the way its row says, or one that was lost at the end."""
    published = await _all(connection, "published", "topic, partition, number, item_id")
    if published is None:
        return None
    found = await _number(connection, STRAYED_SQL, published, start=start, end=end)
    if found is not None:
        return Finding(found, STRAYED)
    lost = await _number(connection, LOST_SQL, published, start=start, end=end)
    if lost:
        return Finding(end, f"{lost} events that the ledger took are missing from it")
    return None


async def altered(connection: Connection, start: int, end: int) -> int | None:
    """The first event there whose bytes are not those its owner committed."""
    events = await _all(connection, "events", "event_id, body")
    return (
        None
        if events is None
        else await _number(connection, ALTERED_SQL, events, start=start, end=end)
    )


async def _all(connection: Connection, table: str, columns: str) -> sql.Composed | None:
    """The rows of every owner; None when there are none, for then there is nothing to compare."""
    cursor = await connection.execute(TABLES_SQL.encode(), [table])
    schemas = [row[0] for row in await cursor.fetchall()]
    parts = [
        sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns.split(", "))),
            sql.Identifier(schema, table),
        )
        for schema in schemas
    ]
    if not parts:
        return None
    union = sql.SQL(" union all ").join(parts)
    cursor = await connection.execute(sql.SQL("select exists ({})").format(union))
    row = await cursor.fetchone()
    return union if row and row[0] else None


async def _number(
    connection: Connection, query: str, union: sql.Composed, **given: object
) -> int | None:
    name = "events" if "{events}" in query else "published"
    statement = sql.SQL(query).format(**{name: union})
    cursor = await connection.execute(statement, given)
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else int(row[0])
