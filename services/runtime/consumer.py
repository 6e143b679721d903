"""A consumer loop on kafka-python: read, apply in one transaction, repeat; the position is ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from events.topics import PARTITIONS
from services.runtime.clock import monotonic_seconds
from services.runtime.database import Limits, connect
from services.runtime.inbox import numbered_by_offset
from services.runtime.kafka import KafkaTroubleError, OffsetLostError, Reader
from services.runtime.log import logger
from services.runtime.positions import open_positions
from services.runtime.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.runtime.database import Connection
    from services.runtime.inbox import Inbox
    from services.runtime.kafka import Admin
    from services.runtime.stations import Station

POLL_SECONDS = 4.0
WATCH_EVERY_SECONDS = 4.0
DRAIN_EVERY_SECONDS = 30.0
RETRY_SECONDS = 0.5
HOLD_EVERY_SECONDS = 3.0
FENCE = Limits(statement_seconds=5.0, idle_session_seconds=12.0)
"""A process that is stopped keeps its connection; Postgres ends its session after this time."""


class TopicsChangedError(Exception):
    """A topic was re-created, or another one appeared: open the reader again."""


class Consumer:
    """Reads some topics by hand-assigned partitions. A second process with the same name waits.

    `topics` is asked again and again, since a partner's topic may appear at any time.
    """

    def __init__(
        self,
        inbox: Inbox,
        bootstrap: str,
        database_url: str,
        admin: Admin,
        topics: Callable[[], Awaitable[list[str]]],
        station: Station,
        *,
        numbered_by_owner: bool = True,
        maximum_records: int = 1000,
        in_time_order: bool = False,
    ) -> None:
        self._inbox = inbox
        self._bootstrap = bootstrap
        self._database_url = database_url
        self._admin = admin
        self._topics = topics
        self._station = station
        self._numbered_by_owner = numbered_by_owner
        self._maximum_records = maximum_records
        self._in_time_order = in_time_order
        self._from_the_beginning = False

    async def run(self) -> None:
        """Consume until cancelled; outages are waited out, StopError ends it."""
        while True:
            reader = Reader(
                self._bootstrap,
                maximum_records=self._maximum_records,
                in_time_order=self._in_time_order,
            )
            try:
                async with await connect(self._database_url, "runtime", FENCE) as fence:
                    await self._take_the_fence(fence)
                    await together([_hold(fence), self._read(reader)])
            except OffsetLostError:
                logger().error("consumer.offset-lost", consumer=self._inbox.consumer)
                self._from_the_beginning = True
            except TopicsChangedError:
                logger().warning("consumer.topics-changed", consumer=self._inbox.consumer)
            except (KafkaTroubleError, psycopg.Error, PoolTimeout) as error:
                logger().warning(
                    "consumer.trouble", consumer=self._inbox.consumer, error=type(error).__name__
                )
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                await reader.close()

    async def _take_the_fence(self, fence: Connection) -> None:
        while True:
            cursor = await fence.execute(
                "select pg_try_advisory_lock(hashtext(%s))", [f"consumer {self._inbox.consumer}"]
            )
            row = await cursor.fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, reader: Reader) -> None:
        while not (ids := await self._admin.ids(await self._topics())):
            self._station.beat()
            await asyncio.sleep(WATCH_EVERY_SECONDS)
        async with self._inbox.pool.connection() as connection:
            starts = await open_positions(
                connection,
                self._inbox.consumer,
                ids,
                PARTITIONS,
                numbered_by_owner=self._numbered_by_owner,
            )
        anew, self._from_the_beginning = self._from_the_beginning, False
        await reader.open({s.place: None if anew else s.offset for s in starts})
        await self._drain()
        watched = drained = monotonic_seconds()
        while True:
            records = await reader.batch(POLL_SECONDS)
            if records:
                numbered = records if self._numbered_by_owner else numbered_by_offset(records)
                await self._inbox.apply(numbered)
            self._station.beat()
            if monotonic_seconds() - watched > WATCH_EVERY_SECONDS:
                watched = monotonic_seconds()
                await self._watch(reader, ids)
            if monotonic_seconds() - drained > DRAIN_EVERY_SECONDS:
                drained = monotonic_seconds()
                await self._drain()

    async def _watch(self, reader: Reader, ids: dict[str, str]) -> None:
        """The topics are still the same ones, and none was added."""
        if await self._admin.ids(await self._topics()) != ids:
            raise TopicsChangedError
        if not self._numbered_by_owner:
            self._station.pending = await reader.pending()

    async def _drain(self) -> None:
        if mended := await self._inbox.drain_parked():
            logger().info("consumer.mended", consumer=self._inbox.consumer, records=mended)


async def _hold(fence: Connection) -> None:
    """Use the session until cancelled: while the process runs, the lock is its own.

    Its loss is raised here. What is being applied then is harmless: positions are locked apart.
    """
    while True:
        await asyncio.sleep(HOLD_EVERY_SECONDS)
        await fence.execute("select 1")
