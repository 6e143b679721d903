"""The relay of a service: gives committed items their gapless numbers, then sends them in order.

One a service, fenced by an advisory lock. Numbers are committed before anything is sent and never
change; `sent_through` moves after Kafka's acknowledgement, so after a crash some are sent twice,
which is harmless: consumers go by number.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from services.runtime.database import Limits, connect
from services.runtime.kafka import KafkaTroubleError, Outgoing, Producer
from services.runtime.log import logger
from services.runtime.resend import Resend
from services.runtime.wake import wait_until_notified

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.runtime.database import Connection
    from services.runtime.kafka import Place
    from services.runtime.wake import Wake

BATCH = 2000
POLL_SECONDS = 2.0
RETRY_SECONDS = 0.5
LIMITS = Limits(idle_session_seconds=60.0)
"""Idle while Kafka acknowledges, 45 s at most; a stopped process loses the lock after this time."""
CONTENT_TYPE = ("content-type", b"application/cloudevents+json")

NUMBER_SQL = """
with taken as (
  delete from outbox where id in (select id from outbox order by id limit %(batch)s)
  returning id, item_id, topic, partition
), counted as (
  select t.*, row_number() over (partition by topic, partition order by id) as place,
         count(*) over (partition by topic, partition) as total from taken t
), moved as (
  insert into relayed as r (topic, partition, numbered_through)
  select topic, partition, max(total) from counted group by topic, partition
  on conflict (topic, partition)
  do update set numbered_through = r.numbered_through + excluded.numbered_through
  returning topic, partition, numbered_through
), numbered as (
  insert into published (topic, partition, number, item_id)
  select c.topic, c.partition, m.numbered_through - c.total + c.place, c.item_id
  from counted c join moved m using (topic, partition)
  returning 1
)
select count(*) from numbered
"""

READ_SQL = """
select p.topic, p.partition, p.number, o.key, o.body
from published p join outgoing o using (item_id)
where p.topic = %s and p.partition = %s and p.number > %s and p.number <= %s
order by p.number limit %s
"""


class Relay:
    """Moves one schema's outbox to Kafka."""

    def __init__(self, schema: str, database_url: str, producer: Producer, wake: Wake) -> None:
        self.schema = schema
        self._database_url = database_url
        self._producer = producer
        self._wake = wake

    async def run(self, beat: Callable[[], None]) -> None:
        """Relay until cancelled. Trouble with Kafka or Postgres is waited out."""
        while True:
            try:
                async with await connect(self._database_url, self.schema, LIMITS) as connection:
                    await self._take_the_lock(connection, beat)
                    await self._relay(connection, beat)
            except (KafkaTroubleError, psycopg.Error) as error:
                logger().warning("relay.trouble", relay=self.schema, error=type(error).__name__)
            await self._producer.close()
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_the_lock(self, connection: Connection, beat: Callable[[], None]) -> None:
        while True:
            cursor = await connection.execute(
                "select pg_try_advisory_lock(hashtext(%s))", [f"relay {self.schema}"]
            )
            row = await cursor.fetchone()
            if row and row[0]:
                return
            beat()
            await asyncio.sleep(RETRY_SECONDS)

    async def _relay(self, connection: Connection, beat: Callable[[], None]) -> None:
        woken = self._wake.subscribe(f"{self.schema}.outbox")
        resend = Resend(connection)
        while True:
            numbered = await number_outbox(connection)
            sent = await self._send_new(connection)
            for place, after, through in await resend.wanted():
                sent += await self._send(connection, place, after, through)
            beat()
            if not numbered and not sent:
                await wait_until_notified(woken, POLL_SECONDS)

    async def _send_new(self, connection: Connection) -> int:
        cursor = await connection.execute(
            "select topic, partition, sent_through, numbered_through from relayed"
            " where sent_through < numbered_through order by topic, partition"
        )
        batch: list[Outgoing] = []
        reached: list[tuple[str, int, int]] = []
        for topic, partition, after, through in await cursor.fetchall():
            records = await self._read(connection, (topic, partition), after, through)
            batch += records
            reached.append((topic, partition, after + len(records)))
            if len(batch) >= BATCH:
                break
        if batch:
            await self._producer.send_all(batch)
            await _mark_sent(connection, reached)
        return len(batch)

    async def _send(self, connection: Connection, place: Place, after: int, through: int) -> int:
        """Send a range of numbers again."""
        sent = 0
        while after < through:
            records = await self._read(connection, place, after, through)
            if not records:
                break
            await self._producer.send_all(records)
            after += len(records)
            sent += len(records)
        logger().warning("relay.sent-again", topic=place[0], partition=place[1], records=sent)
        return sent

    async def _read(
        self, connection: Connection, place: Place, after: int, through: int
    ) -> list[Outgoing]:
        cursor = await connection.execute(READ_SQL, [*place, after, through, BATCH])
        return [
            Outgoing(
                topic,
                partition,
                key.encode(),
                bytes(body),
                (CONTENT_TYPE, ("number", str(number).encode())),
            )
            for topic, partition, number, key, body in await cursor.fetchall()
        ]


async def number_outbox(connection: Connection) -> int:
    """Give the oldest outbox rows their numbers; the statement is its own transaction."""
    cursor = await connection.execute(NUMBER_SQL, {"batch": BATCH})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def _mark_sent(connection: Connection, reached: list[tuple[str, int, int]]) -> None:
    topics, partitions, numbers = map(list, zip(*reached, strict=True))
    await connection.execute(
        "update relayed r set sent_through = m.number"
        " from unnest(%s::text[], %s::int2[], %s::int8[]) as m (topic, partition, number)"
        " where r.topic = m.topic and r.partition = m.partition",
        [topics, partitions, numbers],
    )
