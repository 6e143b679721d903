"""Composition of access: what a process that serves reads opens, and the relay that one runs."""

from __future__ import annotations

import hmac
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.access.recording import Access
from services.runtime import migrations
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.kafka import Admin, Producer
from services.runtime.process import keep_topics
from services.runtime.relay import Relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from services.runtime.keyring import Keyring
    from services.runtime.settings import Settings
    from services.runtime.stations import Station
    from services.runtime.wake import Wake

SCHEMA = "access"
MIGRATIONS = migrations.writer(SCHEMA, Path(__file__).parent / "migrations")


@asynccontextmanager
async def open_access(
    settings: Settings, wake: Wake, keyring: Keyring, *, connections: int = 4
) -> AsyncIterator[Access]:
    """Recording with what it needs, until the block ends."""
    key = hmac.digest(settings.master_key_bytes, b"blotter refused accounts", "sha256")
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, maximum=connections) as pool:
        yield Access(pool, EventStore(SCHEMA, Topics(settings.topic_prefix), keyring), wake, key)


def loops(
    settings: Settings, wake: Wake, relay_station: Station, topics_station: Station
) -> list[Coroutine[None, None, None]]:
    """The relay and its topic: numbers belong to a relay, so one process alone runs this."""
    topic = Topics(settings.topic_prefix).of(SCHEMA)

    async def own_topics() -> list[str]:
        return [topic]

    relay = Relay(SCHEMA, settings.database_for(SCHEMA), Producer(settings.kafka_bootstrap), wake)
    return [
        keep_topics(Admin(settings.kafka_bootstrap), own_topics, topics_station),
        relay.run(relay_station.beat),
    ]
