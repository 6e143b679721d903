"""Composition root of intake: settings become everything else, only here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.agency.loader import load_profile
from services.agency.retention_loader import load_retention
from services.agency.site_loader import load_site
from services.hazards.texts import read_rules
from services.intake.attachment_store import AttachmentStore
from services.intake.handlers import OUTBOX, Intake, Pins
from services.intake.inbound_consumer import Inbound
from services.intake.partner_topics import PartnerTopics
from services.intake.sweeps import sweeps
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
            attachment_store=AttachmentStore(settings.attachments),
        )


async def run(settings: Settings) -> None:
    """The intake process: partners' records in, events out."""
    topics = Topics(settings.topic_prefix)
    wake = Wake(settings.database_url)
    stations = {name: Station(name) for name in ("intake", "intake.relay", "intake.topics")}
    async with open_intake(settings, wake) as intake:
        admin = Admin(settings.kafka_bootstrap)
        partners = PartnerTopics(admin, topics, intake.pool)
        retention = load_retention(settings.agency, intake.profile.known_types)
        swept = sweeps(
            intake,
            load_site(settings.agency, intake.profile),
            timedelta(days=retention.dead_letters_kept_days),
        )
        relay = Relay(
            SCHEMA, settings.database_for(SCHEMA), Producer(settings.kafka_bootstrap), wake
        )
        await run_together(
            [
                wake.run(),
                keep_topics(
                    Admin(settings.kafka_bootstrap),
                    partners.own,
                    stations["intake.topics"],
                    wakened_by=partners.changed,
                ),
                _consumer(settings, intake, partners, stations["intake"]).run(),
                relay.run(stations["intake.relay"].beat),
                *(loop for _, loop in swept),
                report(intake.pool, [*stations.values(), *(station for station, _ in swept)]),
            ]
        )


def _consumer(
    settings: Settings, intake: Intake, partners: PartnerTopics, station: Station
) -> Consumer:
    """The consumer of the partners' topics."""
    inbox = Inbox(
        "intake",
        intake.pool,
        Inbound(intake, partners.topics),
        lambda: intake.wake.notify(OUTBOX),
        gaps_allowed=True,
    )
    return Consumer(
        inbox,
        settings.kafka_bootstrap,
        settings.database_url,
        partners.admin,
        partners.inbound,
        station,
        numbered_by_owner=False,
        maximum_records=500,
    )
