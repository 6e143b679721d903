"""Composition root of casework: settings become everything else, only here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.agency.loader import load_profile
from services.agency.retention_loader import load_retention
from services.casework.handlers import OUTBOX, Casework
from services.casework.subjects.handlers import Subjects
from services.runtime import migrations
from services.runtime.consumer import Consumer
from services.runtime.custody import open_keyring, open_register, take_keys
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin, Producer
from services.runtime.process import keep_topics, run_together
from services.runtime.relay import Relay
from services.runtime.stations import Station, report
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.settings import Settings

SCHEMA = "casework"
MIGRATIONS = migrations.writer(SCHEMA, Path(__file__).parent / "migrations")


@asynccontextmanager
async def open_casework(
    settings: Settings, wake: Wake, *, connections: int = 4
) -> AsyncIterator[Casework]:
    """Casework's handlers with what they need, until the block ends."""
    topics = Topics(settings.topic_prefix)
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, maximum=connections) as pool:
        keyring = await take_keys(settings, pool)
        yield Casework(pool, EventStore(SCHEMA, topics, keyring), wake)


def open_subjects(settings: Settings, casework: Casework) -> Subjects:
    """The handlers of personal data, on top of casework's."""
    profile = load_profile(settings.agency)
    return Subjects(
        casework,
        open_keyring(settings),
        open_register(settings),
        load_retention(settings.agency, profile.known_types),
        profile.zone,
    )


async def run(settings: Settings) -> None:
    """The casework process: triaged reports in, calls and cases out."""
    topics = Topics(settings.topic_prefix)
    admin, wake = Admin(settings.kafka_bootstrap), Wake(settings.database_url)
    stations = {name: Station(name) for name in ("casework", "casework.relay", "casework.topics")}

    async def sources() -> list[str]:
        return [topics.of("triage")]

    async def own_topics() -> list[str]:
        return [topics.of(SCHEMA)]

    async with open_casework(settings, wake) as casework:
        inbox = Inbox("casework", casework.pool, casework, lambda: wake.notify(OUTBOX))
        consumer = Consumer(
            inbox,
            settings.kafka_bootstrap,
            settings.database_url,
            admin,
            sources,
            stations["casework"],
        )
        relay = Relay(
            SCHEMA, settings.database_for(SCHEMA), Producer(settings.kafka_bootstrap), wake
        )
        await run_together(
            [
                wake.run(),
                keep_topics(
                    Admin(settings.kafka_bootstrap), own_topics, stations["casework.topics"]
                ),
                consumer.run(),
                relay.run(stations["casework.relay"].beat),
                report(casework.pool, list(stations.values())),
            ]
        )
