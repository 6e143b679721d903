"""Composition root of intake: settings become everything else, here and nowhere else."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from events.topics import Topics
from services.agency.loader import load_profile
from services.agency.retention_loader import load_retention
from services.agency.site_loader import load_site
from services.hazards.texts import read_rules
from services.intake import ageing
from services.intake.desk.abandoned import keep_filing_abandoned
from services.intake.following.attaching import keep_tidy
from services.intake.handlers import OUTBOX, Intake, Pins
from services.intake.inbound import Inbound
from services.intake.inquiries.adopting import keep_adopted
from services.intake.partners import registry
from services.intake.site.drafts import keep_filing
from services.intake.texting.reviewing import keep_reviewing
from services.intake.vault import Vault
from services.runtime import migrations
from services.runtime.consumer import Consumer
from services.runtime.custody import take_keys
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

SCHEMA = "intake"
MIGRATIONS = migrations.writer(SCHEMA, Path(__file__).parent / "migrations")


@asynccontextmanager
async def open_intake(
    settings: Settings, wake: Wake, *, connections: int = 4
) -> AsyncIterator[Intake]:
    """Intake's handlers with what they need, until the block ends."""
    topics = Topics(settings.topic_prefix)
    read_rules()
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, maximum=connections) as pool:
        keyring = await take_keys(settings, pool)
        yield Intake(
            pool=pool,
            events=EventStore(SCHEMA, topics, keyring),
            keyring=keyring,
            pins=Pins(settings.master_key_bytes),
            profile=load_profile(settings.agency),
            wake=wake,
            vault=Vault(settings.attachments),
        )


async def run(settings: Settings) -> None:
    """The intake process: partners' records in, events out."""
    topics = Topics(settings.topic_prefix)
    admin, wake = Admin(settings.kafka_bootstrap), Wake(settings.database_url)
    inbound_station, relay_station = Station("intake"), Station("intake.relay")

    async def inbound_topics() -> list[str]:
        return [name for name in await admin.names() if topics.partner_of(name)]

    async def reply_topics() -> list[str]:
        partners = {topics.partner_of(name) or "" for name in await inbound_topics()}
        with suppress(psycopg.Error, PoolTimeout):
            async with intake.pool.connection() as connection:
                partners |= set(await registry.names(connection))
        return [topics.of(SCHEMA), topics.dead_letters, *map(topics.replies, partners)]

    async with open_intake(settings, wake) as intake:
        inbox = Inbox(
            "intake",
            intake.pool,
            Inbound(intake, topics),
            lambda: wake.ring(OUTBOX),
            gaps_allowed=True,
        )
        consumer = Consumer(
            inbox,
            settings.kafka_bootstrap,
            settings.database_url,
            admin,
            inbound_topics,
            inbound_station,
            numbered_by_owner=False,
            maximum_records=500,
        )
        retention = load_retention(settings.agency, intake.profile.known_types)
        kept = timedelta(days=retention.dead_letters_kept_days)
        site = load_site(settings.agency, intake.profile)
        relay = Relay(
            SCHEMA, settings.database_for(SCHEMA), Producer(settings.kafka_bootstrap), wake
        )
        await run_together(
            [
                wake.run(),
                keep_topics(Admin(settings.kafka_bootstrap), reply_topics),
                consumer.run(),
                relay.run(relay_station.beat),
                ageing.keep_forgetting(intake.pool, kept),
                keep_filing_abandoned(intake),
                keep_filing(intake, site),
                keep_adopted(intake, site),
                keep_reviewing(intake, site),
                keep_tidy(intake),
                report(intake.pool, [inbound_station, relay_station]),
            ]
        )
