"""A reader that follows the events while eight processes write them: which does it never see?

Theirs is read by its own subscription; ours by ledger position, behind the relay, Kafka and the
ledger. After the writers have stopped, the reader may go on until nothing new comes.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.postgres import PostgresApplicationRecorder

from services.ledger.admission import Memory
from services.ledger.append import AT_ONCE, append
from services.runtime.consumer import Consumer
from services.runtime.database import connect, open_pool
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin, Producer
from services.runtime.relay import Relay
from services.runtime.stations import Station
from services.runtime.wake import Wake
from services.setup.database import make_topics
from tests.bench.appending import (
    SERVICE,
    append_ours,
    datastore,
    decided,
    our_store,
    recorder,
    stored_event,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from concurrent.futures import Future

    from tests.bench.line import Line

WRITERS = 8
READ_AT_ONCE = 1000
START_SECONDS = 8.0
"""For the writers' processes to start; they begin together."""
QUIET_SECONDS = 10.0
"""A reader to whom nothing new comes for so long has seen what it will ever see."""


@dataclass(frozen=True)
class Tailed:
    """What was committed, what the reader saw of it, and how long after the writers it took."""

    written: int
    seen: int
    seconds: float
    behind_seconds: float

    @property
    def missed(self) -> int:
        return self.written - self.seen

    @property
    def rate(self) -> float:
        """Events/s committed by all writers."""
        return self.written / self.seconds


@dataclass(frozen=True)
class Stretch:
    """When the writers write, by the clock that all processes share."""

    begin: float
    end: float

    @staticmethod
    def of(seconds: float) -> Stretch:
        begin = monotonic() + START_SECONDS
        return Stretch(begin, begin + seconds)

    def turns(self) -> Iterator[int]:
        """0, 1, 2 … from the beginning to the end."""
        sleep(max(0.0, self.begin - monotonic()))
        number = 0
        while monotonic() < self.end:
            yield number
            number += 1


def tail_theirs(database_url: str, mode: str, state: bytes, seconds: float) -> Tailed:
    """The peer's subscription under eight of its writers, each an event a transaction."""
    seen: set[UUID | str] = set()
    with datastore(database_url, mode, connections=2) as store:
        theirs = recorder(store, mode)
        assert isinstance(theirs, PostgresApplicationRecorder)
        with theirs.subscribe(gt=theirs.max_notification_id()) as subscription:

            def follow() -> None:
                for notification in subscription:
                    seen.add(notification.originator_id)

            reader = Thread(target=follow)
            reader.start()
            stretch = Stretch.of(seconds)
            with _writers(_write_theirs, database_url, mode, state, stretch) as writers:
                written = sum(writer.result() for writer in writers)
            grown, size = monotonic(), len(seen)
            while size < written and monotonic() - grown < QUIET_SECONDS:
                sleep(0.05)
                if len(seen) > size:
                    grown, size = monotonic(), len(seen)
            subscription.stop()
            reader.join()
    return Tailed(written, len(seen), seconds, max(0.0, grown - stretch.end))


def _write_theirs(database_url: str, mode: str, state: bytes, stretch: Stretch, writer: int) -> int:
    written = 0
    with datastore(database_url, mode) as store:
        theirs = recorder(store, mode, there_already=True)
        for number in stretch.turns():
            theirs.insert_events([stored_event(f"tail {mode} {writer}", number, state)])
            written += 1
    return written


async def tail_ours(line: Line, seconds: float) -> Tailed:
    """Our ledger, read by position under eight of our writers, each an event a transaction.

    The line's database is empty, so that what is seen is what the writers wrote.
    """
    settings, seen, position = line.settings, set[UUID](), 0
    await make_topics(settings.kafka_bootstrap, settings.topic_prefix)
    async with _ledger(line), await connect(line.database_url, "projections") as connection:
        stretch = Stretch.of(seconds)
        arguments = (line.database_url, settings.topic_prefix, stretch)
        with _writers(_write_ours, *arguments) as writers:
            grown = monotonic()
            while not _all_seen(writers, len(seen)) and not _quiet(writers, grown):
                cursor = await connection.execute(
                    "select position, event_id from ledger where position >= %s"
                    " order by position limit %s",
                    [position, READ_AT_ONCE],
                )
                if rows := await cursor.fetchall():
                    position, grown = rows[-1][0] + 1, monotonic()
                    seen |= {row[1] for row in rows}
                else:
                    await asyncio.sleep(0.02)
            written = sum(writer.result() for writer in writers)
    return Tailed(written, len(seen), seconds, max(0.0, grown - stretch.end))


def _all_seen(writers: list[Future[int]], seen: int) -> bool:
    return all(writer.done() for writer in writers) and seen >= sum(w.result() for w in writers)


def _quiet(writers: list[Future[int]], grown: float) -> bool:
    return all(writer.done() for writer in writers) and monotonic() - grown > QUIET_SECONDS


def _write_ours(database_url: str, prefix: str, stretch: Stretch, writer: int) -> int:
    return asyncio.run(_writing(database_url, prefix, stretch, writer))


async def _writing(database_url: str, prefix: str, stretch: Stretch, writer: int) -> int:
    store, written = our_store(prefix), 0
    async with await connect(database_url, SERVICE) as connection:
        for number in stretch.turns():
            await append_ours(connection, store, [decided(f"tail {writer}", number)])
            written += 1
    return written


@contextmanager
def _writers(write: Callable[..., int], *arguments: Any) -> Iterator[list[Future[int]]]:
    """Eight processes, each with a connection of its own."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, mp_context=spawning) as processes:
        yield [processes.submit(write, *arguments, number) for number in range(WRITERS)]


@asynccontextmanager
async def _ledger(line: Line) -> AsyncIterator[None]:
    """The relay of the writers' service and the ledger, as their processes run them."""
    settings, wake = line.settings, Wake(line.database_url)
    producer, admin = Producer(settings.kafka_bootstrap), Admin(settings.kafka_bootstrap)

    async def sources() -> list[str]:
        return list(line.topics.ours)

    async with open_pool(line.database_url, "projections") as pool:
        consumer = Consumer(
            Inbox("ledger", pool, partial(append, memory=Memory()), lambda: None),
            settings.kafka_bootstrap,
            settings.database_url,
            admin,
            sources,
            Station("ledger"),
            maximum_records=AT_ONCE,
            in_time_order=True,
        )
        relay = Relay(SERVICE, line.database_url, producer, wake)
        loops = [
            asyncio.create_task(consumer.run()),
            asyncio.create_task(relay.run(lambda: None)),
        ]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await producer.close()
            await admin.close()
