"""Topics and offsets, as the broker knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import TopicAlreadyExistsError

from events.topics import PARTITIONS
from services.runtime.kafka import access_lists
from services.runtime.kafka.records import KafkaTroubleError
from services.runtime.kafka.thread import OneThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Result = TypeVar("Result")
FOREVER = "-1"
SEVEN_DAYS = str(7 * 24 * 3600 * 1000)


class Admin:
    """Topics: which exist, their ids, and making the missing ones."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._thread = OneThread("kafka-admin")
        self._client: Any = None

    async def _ask(self, question: Callable[[Any], Result]) -> Result:
        def ask() -> Result:
            if self._client is None:
                self._client = KafkaAdminClient(
                    bootstrap_servers=self._bootstrap, reconnect_backoff_max_ms=1000
                )
            return question(self._client)

        try:
            return await self._thread.do(ask)
        except KafkaTroubleError:
            await self.close()
            raise

    async def ensure(self, topics: Iterable[str], *, kept_forever: bool = True) -> list[str]:
        """Create the topics that are missing, 16 partitions each; gives their names."""
        missing = sorted(set(topics) - set(await self.names()))
        retention = FOREVER if kept_forever else SEVEN_DAYS
        for topic in missing:
            await self._ask(lambda client, topic=topic: _create(client, topic, retention))  # type: ignore[misc]
        return missing

    async def allow(self, user: str, *, writes: Sequence[str], reads: Sequence[str]) -> None:
        """Let a user write and read topics; NoAccessListsError where nobody is refused anything."""
        await self._ask(lambda client: access_lists.allow(client, user, writes=writes, reads=reads))

    async def disallow(self, topics: Sequence[str]) -> int:
        """Take every right on these topics away; NoAccessListsError where there are none."""
        return await self._ask(lambda client: access_lists.disallow(client, topics))

    async def names(self) -> list[str]:
        """Every topic on the broker."""
        return await self._ask(lambda client: list(client.list_topics()))

    async def ids(self, topics: Sequence[str]) -> dict[str, str]:
        """The id of each topic that exists: a re-created topic has another."""
        return await self._ask(
            lambda client: {
                found["name"]: str(found["topic_id"])
                for found in client.describe_topics(list(topics))
                if found.get("error_code", 0) == 0
            }
        )

    async def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition of a topic."""
        wanted = {TopicPartition(topic, p): OffsetSpec.LATEST for p in range(PARTITIONS)}
        return await self._ask(
            lambda client: {
                place.partition: found.offset
                for place, found in client.list_partition_offsets(wanted).items()
            }
        )

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets a consumer group has committed for a topic; empty for an unknown group."""
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        return await self._ask(
            lambda client: {
                place.partition: found.offset
                for place, found in client.list_group_offsets({group: places})[group].items()
                if found.offset >= 0
            }
        )

    async def close(self) -> None:
        """Drop the connection."""
        client, self._client = self._client, None
        if client is not None:
            await self._thread.do(client.close)


def _create(client: Any, topic: str, retention: str) -> None:
    settings = {
        "num_partitions": PARTITIONS,
        "replication_factor": 1,
        "configs": {"retention.ms": retention},
    }
    try:
        client.create_topics({topic: settings})
    except TopicAlreadyExistsError:
        return
