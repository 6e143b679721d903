"""What is stopped but not ended: a consumer's process, one connection's backend, all of Postgres.

A stopped process keeps its sockets, and the kernel acknowledges what arrives there, so only limits
in time show that it does nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
import pytest_asyncio

from services.local.postgres import PostgresServer
from services.runtime.kafka import Admin, Outgoing, Producer
from services.setup.database import migrate_all
from tests.integration.runtime.standing_by import SLOW

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Iterator

    from tests.servers import Servers

TAKEN_OVER_SECONDS = 30.0
"""12 s until the fence's session ends, and what the machine needs."""
GONE_ON_SECONDS = 30.0
STOPPED_SECONDS = 12.0


@dataclass
class Post:
    """A topic, a Postgres of its own, and the consumers that were started."""

    postgres: PostgresServer
    bootstrap: str
    topic: str
    producer: Producer
    sent: list[str] = field(default_factory=list)

    async def send(self, value: str) -> None:
        await self.producer.send_all([Outgoing(self.topic, 0, value.encode(), value.encode(), ())])
        self.sent.append(value)

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.integration.runtime.standing_by"),
            *(self.postgres.database_url, self.bootstrap, self.topic),
        )
        try:
            yield process
        finally:
            process.kill()
            await process.wait()

    async def ask(self, query: str) -> list[tuple[object, ...]]:
        async with await psycopg.AsyncConnection.connect(
            self.postgres.database_url, autocommit=True
        ) as connection:
            cursor = await connection.execute(query.encode())
            return await cursor.fetchall() if cursor.description else []

    async def applied(self, value: str, within_seconds: float) -> object:
        """The process that applied it."""
        async with asyncio.timeout(within_seconds):
            while True:
                for pid, found in await self.ask("select pid, value from applied order by number"):
                    if found == value:
                        return pid
                await asyncio.sleep(0.2)

    async def each_was_applied_once(self) -> None:
        found = await self.ask("select value from applied order by number")
        assert [value for (value,) in found] == self.sent


@contextmanager
def stopped(*pids: int, with_children: bool = False) -> Iterator[None]:
    """These processes stand still until the block ends."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    children = [child for pid in pids for child in psutil.Process(pid).children()]
    children = children if with_children else []
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.suspend()
    try:
        yield
    finally:
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.resume()
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest_asyncio.fixture
async def a_post(servers: Servers, a_topic_prefix: str) -> AsyncIterator[Post]:
    """A Postgres that the test may stop, and a topic."""
    directory = Path(tempfile.mkdtemp(prefix="blotter-stopped-"))
    postgres = PostgresServer(directory / "postgres")
    admin, producer = Admin(servers.kafka_bootstrap), Producer(servers.kafka_bootstrap)
    await postgres.start()
    try:
        await migrate_all(postgres.database_url)
        post = Post(postgres, servers.kafka_bootstrap, f"{a_topic_prefix}.stopped", producer)
        await post.ask("create table runtime.applied (number int8, pid int4, value text)")
        await post.ask("alter role blotter set search_path = runtime")
        await admin.ensure([post.topic])
        yield post
    finally:
        await producer.close()
        await admin.close()
        await postgres.stop()
        shutil.rmtree(directory)


@pytest.mark.parametrize("last", ["calm", SLOW.decode()])
async def test_the_standby_takes_over_from_a_process_that_is_stopped(
    a_post: Post, last: str
) -> None:
    """The slow record is stopped in the middle of its transaction, with its position locked."""
    async with a_post.consumer() as first:
        await a_post.send("before")
        assert await a_post.applied("before", GONE_ON_SECONDS) == first.pid
        async with a_post.consumer() as standby:
            await a_post.send(last)
            await asyncio.sleep(1.0)
            with stopped(first.pid):
                await a_post.send("meanwhile")
                assert await a_post.applied("meanwhile", TAKEN_OVER_SECONDS) == standby.pid
            await a_post.send("after")
            assert await a_post.applied("after", GONE_ON_SECONDS) == standby.pid
        await a_post.send("alone again")
        assert await a_post.applied("alone again", GONE_ON_SECONDS) == first.pid
        await a_post.each_was_applied_once()


async def test_a_consumer_goes_on_by_another_connection_when_one_backend_is_stopped(
    a_post: Post,
) -> None:
    async with a_post.consumer() as only:
        await a_post.send("before")
        await a_post.applied("before", GONE_ON_SECONDS)
        ours = await a_post.ask(
            "select pid from pg_stat_activity where application_name = 'blotter runtime'"
            " and not exists (select from pg_locks l where l.pid = pg_stat_activity.pid)"
        )
        assert ours
        with stopped(*(int(str(pid)) for (pid,) in ours)):
            await a_post.send("meanwhile")
            assert await a_post.applied("meanwhile", GONE_ON_SECONDS) == only.pid
        await a_post.each_was_applied_once()


async def test_a_consumer_gives_up_a_postgres_that_is_stopped_and_recovers(a_post: Post) -> None:
    """It gives up while the server stands: connections that it kept would serve it afterwards."""
    async with a_post.consumer() as only:
        await a_post.send("before")
        await a_post.applied("before", GONE_ON_SECONDS)
        assert a_post.postgres.pid is not None
        kept = sockets(only.pid, a_post.postgres.port)
        assert kept
        with stopped(a_post.postgres.pid, with_children=True):
            await a_post.send("meanwhile")
            await asyncio.sleep(STOPPED_SECONDS)
            assert not kept & sockets(only.pid, a_post.postgres.port)
        assert await a_post.applied("meanwhile", GONE_ON_SECONDS) == only.pid
        await a_post.each_was_applied_once()


def sockets(pid: int, port: int) -> set[int]:
    """The local ports of a process's connections to Postgres."""
    found = psutil.Process(pid).net_connections()
    return {each.laddr.port for each in found if each.raddr and each.raddr.port == port}
