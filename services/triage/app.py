"""Composition root of triage: settings become everything else, only here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import PARTITIONS, Topics
from services.runtime import migrations
from services.runtime.clock import now
from services.runtime.custody import take_keys
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin, KafkaTroubleError, Producer
from services.runtime.log import logger
from services.runtime.periodic import ProcessMustEndError, every
from services.runtime.positions import open_positions
from services.runtime.process import keep_topics, run_together
from services.runtime.relay import Relay
from services.runtime.stations import Station, report
from services.runtime.wake import Wake
from services.triage import activating, store
from services.triage.agents import add_agent, faust_app, truncated, usable_group
from services.triage.bundle_files import build
from services.triage.bundle_switch import BundleSwitch
from services.triage.handlers import OUTBOX, Triage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import faust

    from services.runtime.database import Pool
    from services.runtime.settings import Settings

SCHEMA = "triage"
MIGRATIONS = migrations.writer(SCHEMA, Path(__file__).parent / "migrations")
STATIONS = ("triage", "triage.relay", "triage.topics", "triage.parked", "triage.evidence")
WATCH_EVERY_SECONDS = 4.0
DRAIN_EVERY_SECONDS = 30.0
FORGET_EVERY_SECONDS = 60.0


class EndedError(ProcessMustEndError):
    """The Faust app has ended: the process exits and its supervisor restarts it."""


async def run(settings: Settings) -> None:
    """The triage process: reports in through Faust, decisions out through the relay."""
    topics = Topics(settings.topic_prefix)
    source, admin = topics.of("intake"), Admin(settings.kafka_bootstrap)
    wake = Wake(settings.database_url)
    stations = {name: Station(name) for name in STATIONS}
    async with open_pool(settings.database_for(SCHEMA), SCHEMA) as pool:
        keyring = await take_keys(settings, pool)
        content, own = build(settings.agency)
        triage = BundleSwitch(Triage(pool, EventStore(SCHEMA, topics, keyring), keyring, own))
        inbox = Inbox("triage", pool, triage, lambda: wake.notify(OUTBOX))
        topic_id, group = await _topic_and_group(admin, source)
        async with pool.connection() as connection:
            await open_positions(connection, inbox.consumer, {source: topic_id}, PARTITIONS)
            await activating.begin(connection, triage.pattern.events, source, content, now())
        app = faust_app(settings.kafka_bootstrap, group, settings.replica)
        seen = add_agent(app, source, inbox, triage, stations["triage"].beat)
        relay = Relay(
            SCHEMA, settings.database_for(SCHEMA), Producer(settings.kafka_bootstrap), wake
        )

        async def own_topics() -> Sequence[str]:
            return [topics.of(SCHEMA)]

        await run_together(
            [
                wake.run(),
                keep_topics(Admin(settings.kafka_bootstrap), own_topics, stations["triage.topics"]),
                relay.run(stations["triage.relay"].beat),
                report(pool, list(stations.values())),
                _run_faust(app),
                every(
                    WATCH_EVERY_SECONDS,
                    _watch_log(admin, source, topic_id, seen),
                    stations["triage"],
                ),
                every(DRAIN_EVERY_SECONDS, inbox.drain_parked, stations["triage.parked"]),
                every(
                    FORGET_EVERY_SECONDS,
                    partial(_forget, pool, own.duplicates.unknown_horizon_hours),
                    stations["triage.evidence"],
                ),
            ]
        )


async def _forget(pool: Pool, horizon_hours: int) -> None:
    """Delete evidence that is too old to be compared or belongs to erased reports."""
    async with pool.connection() as connection:
        await store.forget(connection, now() - timedelta(hours=horizon_hours, days=1))


async def _topic_and_group(admin: Admin, topic: str) -> tuple[str, str]:
    """The topic's id and the consumer group to join, once the broker answers."""
    while True:
        try:
            await admin.ensure([topic])
            if topic_id := (await admin.ids([topic])).get(topic):
                return topic_id, await usable_group(admin, topic, topic_id)
        except KafkaTroubleError as error:
            logger().warning("triage.kafka-away", error=type(error).__name__)
        await asyncio.sleep(0.5)


async def _run_faust(app: faust.App) -> None:
    try:
        await app.start()
        await app.wait_until_stopped()
    finally:
        await app.stop()
    raise EndedError


def _watch_log(
    admin: Admin, topic: str, topic_id: str, seen: Mapping[int, int]
) -> Callable[[], Awaitable[None]]:
    """A check of the topic: EndedError when it was re-created or its log truncated."""

    async def look() -> None:
        before = dict(seen)
        current = (await admin.ids([topic])).get(topic, topic_id)
        cut = truncated(before, await admin.ends(topic))
        if current != topic_id or cut:
            logger().error("triage.log-lost", topic=topic, truncated=cut)
            raise EndedError

    return look
