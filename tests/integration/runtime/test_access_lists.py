"""A partner's topic is written by that partner alone: real access lists on a real broker."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from events.topics import Topics
from services.local.kafka import KafkaServer
from services.local.ports import LOOPBACK, remembered_port
from services.runtime.kafka import Admin, NoAccessListsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from services.local.child import Program
    from tests.servers import Servers

# A client of kafka-python that was refused leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
USERS = ("harbour", "utility")
SECURED = """
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller},SASL_PLAINTEXT://{host}:{sasl}
advertised.listeners=PLAINTEXT://{host}:{port},SASL_PLAINTEXT://{host}:{sasl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""  # noqa: E501 - one property a line


class GuardedKafka(KafkaServer):
    """A broker with a second door, where one has to say who one is."""

    sasl = ""

    async def prepare(self) -> Program:
        program = await super().prepare()
        self.sasl = f"{LOOPBACK}:{remembered_port(self.directory / 'sasl-port')}"
        said = dict(
            line.split("=", 1) for line in self._properties.read_text().splitlines() if line
        )
        added = SECURED.format(
            host=LOOPBACK,
            port=self.port,
            sasl=self.sasl.rpartition(":")[2],
            controller=remembered_port(self.directory / "controller-port"),
            users=" ".join(f'user_{user}="{user}-secret"' for user in USERS),
        )
        said |= dict(line.split("=", 1) for line in added.splitlines() if line)
        self._properties.write_text("".join(f"{k}={v}\n" for k, v in said.items()))
        return program


@pytest_asyncio.fixture
async def a_guarded_broker() -> AsyncIterator[GuardedKafka]:
    directory = Path(tempfile.mkdtemp(prefix="blotter-guarded-"))
    kafka = GuardedKafka(directory)
    try:
        await kafka.start()
        yield kafka
    finally:
        await kafka.stop()
        shutil.rmtree(directory, ignore_errors=True)


def client(kafka: GuardedKafka, user: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": kafka.sasl,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": user,
        "sasl_plain_password": f"{user}-secret",
        "metrics_enabled": False,
    }


def write(kafka: GuardedKafka, user: str, topic: str) -> None:
    producer = KafkaProducer(**client(kafka, user), max_block_ms=8000, enable_idempotence=False)
    try:
        producer.send(topic, b"{}", partition=0).get(10)
    finally:
        producer.close(timeout=1)


def records(topic: str, **how: Any) -> int:
    """How many records a reader gets to see."""
    consumer = KafkaConsumer(**how, group_id=None, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return sum(len(each) for _ in range(3) for each in consumer.poll(1000).values())
    except TopicAuthorizationFailedError:
        return 0
    finally:
        consumer.close()


async def _until(allowed: Callable[[], object]) -> None:
    """New access lists reach the broker's authorizer a moment later."""
    for _ in range(10):
        try:
            allowed()
        except KafkaError:
            await asyncio.sleep(0.5)
        else:
            return
    allowed()


async def test_only_the_partner_writes_its_topic_until_its_rights_are_taken(
    a_guarded_broker: GuardedKafka,
) -> None:
    kafka, topics = a_guarded_broker, Topics()
    admin = Admin(kafka.bootstrap)
    inbound, replies = topics.inbound("harbour"), topics.replies("harbour")
    await admin.ensure([inbound, replies])
    await admin.allow("harbour", writes=[inbound], reads=[replies])
    await _until(lambda: write(kafka, "harbour", inbound))
    for user, topic in (("utility", inbound), ("harbour", replies)):
        with pytest.raises(KafkaError):
            write(kafka, user, topic)
    plain = {"bootstrap_servers": kafka.bootstrap, "metrics_enabled": False}
    ours = KafkaProducer(**plain)
    ours.send(replies, b"{}", partition=0).get(10)
    ours.close()
    assert records(inbound, **plain) == records(replies, **plain) == 1
    assert records(replies, **client(kafka, "harbour")) == 1
    assert records(replies, **client(kafka, "utility")) == 0
    assert records(inbound, **client(kafka, "utility")) == 0
    assert await admin.disallow([inbound, replies]) == 4
    await asyncio.sleep(2)
    with pytest.raises(KafkaError):
        write(kafka, "harbour", inbound)
    await admin.close()


async def test_a_broker_without_an_authorizer_says_so(servers: Servers) -> None:
    admin = Admin(servers.kafka_bootstrap)
    with pytest.raises(NoAccessListsError):
        await admin.allow("harbour", writes=["x"], reads=["y"])
    with pytest.raises(NoAccessListsError):
        await admin.disallow(["x"])
    await admin.close()
