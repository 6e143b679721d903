"""A partner's topic is written by that partner alone: real access lists on a real broker."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from events.topics import Topics
from services.local.kafka import KafkaServer
from services.local.ports import LOOPBACK, remembered_port
from services.runtime.kafka import Admin, NoAccessListsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.local.child import Program
    from tests.servers import Servers

USERS = ("harbour", "utility")
SECURED = """
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller},SASL_PLAINTEXT://{host}:{sasl}
advertised.listeners=PLAINTEXT://{host}:{port},SASL_PLAINTEXT://{host}:{sasl}
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""  # noqa: E501 - one property a line


class GuardedKafka(KafkaServer):
    """A broker with a second door, where one has to say who one is."""

    @property
    def sasl(self) -> str:
        return f"{LOOPBACK}:{remembered_port(self.directory / 'sasl-port')}"

    async def prepare(self) -> Program:
        program = await super().prepare()
        said = dict(
            line.split("=", 1) for line in self._properties.read_text().splitlines() if line
        )
        added = SECURED.format(
            host=LOOPBACK, port=self.port, sasl=self.sasl.rpartition(":")[2],
            controller=remembered_port(self.directory / "controller-port"),
            users=" ".join(f'user_{user}="{user}-secret"' for user in USERS),
        )  # fmt: skip
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
        "bootstrap_servers": kafka.sasl, "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN", "sasl_plain_username": user,
        "sasl_plain_password": f"{user}-secret", "metrics_enabled": False,
    }  # fmt: skip


def write(kafka: GuardedKafka, user: str, topic: str) -> None:
    producer = KafkaProducer(**client(kafka, user), max_block_ms=8000, enable_idempotence=False)
    try:
        producer.send(topic, b"{}").get(10)
    finally:
        producer.close(timeout=1)


def read(kafka: GuardedKafka, user: str, topic: str) -> int:
    consumer = KafkaConsumer(
        topic, **client(kafka, user), group_id=user, auto_offset_reset="earliest"
    )
    try:
        return sum(len(each) for _ in range(5) for each in consumer.poll(1000).values())
    finally:
        consumer.close()


async def test_only_the_partner_writes_its_topic_until_its_rights_are_taken(
    a_guarded_broker: GuardedKafka,
) -> None:
    kafka, topics = a_guarded_broker, Topics()
    admin = Admin(kafka.bootstrap)
    inbound, replies = topics.inbound("harbour"), topics.replies("harbour")
    await admin.ensure([inbound, replies])
    await admin.allow("harbour", writes=[inbound], reads=[replies])
    write(kafka, "harbour", inbound)
    assert read(kafka, "harbour", replies) == 0
    for user, topic in (("utility", inbound), ("harbour", replies)):
        with pytest.raises(KafkaError):
            write(kafka, user, topic)
    for user, topic in (("utility", replies), ("harbour", inbound)):
        with pytest.raises(TopicAuthorizationFailedError):
            read(kafka, user, topic)
    assert await admin.disallow([inbound, replies]) == 4
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
