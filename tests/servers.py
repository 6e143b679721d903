"""Where the tests get a real Kafka and a real Postgres from: embedded, containers, or external."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.local.kafka import KafkaServer
from services.local.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from concurrent.futures import Future

    from services.local.child import Program

POSTGRES_IMAGE = os.environ.get("BLOTTER_TEST_POSTGRES_IMAGE", "postgres:18")
KAFKA_IMAGE = os.environ.get("BLOTTER_TEST_KAFKA_IMAGE", "apache/kafka:4.1.0")
KAFKA_PORT = 9092
# No test takes the power away from these servers, and each test has a database of its own: waiting
# for the disk took half of making and dropping it.
NOT_DURABLE = ("--fsync=off", "--full_page_writes=off", "--synchronous_commit=off")


@dataclass(frozen=True)
class Servers:
    """Addresses of the servers under the tests."""

    kind: str
    database_url: str
    kafka_bootstrap: str


class LoopInAThread:
    """An event loop that outlives single tests, for servers that do."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(timeout=120)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class ThrownAwayPostgres(PostgresServer):
    """The local Postgres without waiting for the disk, since its data ends with the tests."""

    async def prepare(self) -> Program:
        program = await super().prepare()
        return replace(program, argv=[*program.argv, *NOT_DURABLE])


@contextmanager
def embedded() -> Iterator[Servers]:
    """Our own local servers; not in pytest's directories, which it closes to Postgres's user."""
    directory = Path(tempfile.mkdtemp(prefix="blotter-servers-"))
    loop = LoopInAThread()
    postgres = ThrownAwayPostgres(directory / "postgres")
    kafka = KafkaServer(directory / "kafka")
    try:
        loop.run(postgres.start())
        loop.run(kafka.start())
        yield Servers("embedded", postgres.database_url, kafka.bootstrap)
    finally:
        loop.run(kafka.stop())
        loop.run(postgres.stop())
        loop.end()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def containers() -> Iterator[Servers]:
    """testcontainers, with the official images unless the environment names others."""
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.container import DockerContainer

    port = _free_port()
    settings = {
        "PROCESS_ROLES": "broker,controller",
        "NODE_ID": "1",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "LISTENERS": f"PLAINTEXT://:{KAFKA_PORT},CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    kafka = DockerContainer(KAFKA_IMAGE).with_bind_ports(KAFKA_PORT, port)
    for name, value in settings.items():
        kafka.with_env(f"KAFKA_{name}", value)
    with PostgresContainer(POSTGRES_IMAGE, driver=None) as postgres, kafka:
        yield Servers("containers", postgres.get_connection_url(), f"127.0.0.1:{port}")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def external() -> Iterator[Servers]:
    """Servers that run already; the tests make a database and a topic prefix of their own there."""
    names = ("BLOTTER_DATABASE_URL", "BLOTTER_KAFKA_BOOTSTRAP")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        pytest.exit(f"--servers=external needs {' and '.join(missing)}", returncode=2)
    yield Servers("external", os.environ[names[0]], os.environ[names[1]])
