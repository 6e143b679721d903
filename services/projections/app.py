"""Composition root of the projections: settings become everything else, here and nowhere else."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.access import app as access_app
from services.agency.loader import load_profile
from services.projections.cosigning import keeping as cosigning
from services.projections.following import follow
from services.projections.ledger import GROWN, append
from services.projections.monitor import keeping as monitor
from services.projections.proofs import signing
from services.projections.rebuilds.keeping import Keeper
from services.projections.runner import Runner
from services.projections.search import index as search_index
from services.projections.views import VIEWS
from services.runtime import migrations
from services.runtime.consumer import Consumer
from services.runtime.custody import take_keys
from services.runtime.database import open_pool
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin
from services.runtime.process import run_together
from services.runtime.stations import Station, report
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.runtime.database import Pool
    from services.runtime.keyring import Keyring
    from services.runtime.settings import Settings

SCHEMA = "projections"
MIGRATIONS = migrations.reader(SCHEMA, Path(__file__).parent / "migrations")


@dataclass(frozen=True, slots=True)
class Projections:
    """What the read side needs to answer."""

    pool: Pool
    keyring: Keyring
    profile: AgencyProfile
    wake: Wake
    access: Access


@asynccontextmanager
async def open_projections(
    settings: Settings, wake: Wake, access: Access, *, connections: int = 4
) -> AsyncIterator[Projections]:
    """The read side with what it needs, until the block ends."""
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, maximum=connections) as pool:
        keyring = await take_keys(settings, pool)
        yield Projections(pool, keyring, load_profile(settings.agency), wake, access)


async def run(settings: Settings) -> None:
    """The projections process: all topics in, the ledger and every view kept up to date."""
    topics, wake = Topics(settings.topic_prefix), Wake(settings.database_url)
    admin, ledger_station = Admin(settings.kafka_bootstrap), Station("ledger")
    access_relay = Station("access.relay")

    async def sources() -> list[str]:
        return list(topics.ours)

    async with open_pool(settings.database_for(SCHEMA), SCHEMA) as pool:
        inbox = Inbox("ledger", pool, append, lambda: wake.ring(GROWN))
        consumer = Consumer(
            inbox, settings.kafka_bootstrap, settings.database_url, admin, sources,
            ledger_station, maximum_records=2000,
        )  # fmt: skip
        proofs_station, search_station = Station("proofs"), Station("search")
        rebuilds_station = Station("rebuilds")
        keyring = await take_keys(settings, pool)
        log = signing.Log(keyring, signing.origin_of(load_profile(settings.agency)))
        own = [ledger_station, proofs_station, search_station, rebuilds_station, access_relay]
        cosigning_station, monitor_station = Station("cosigning"), Station("monitor")
        own += [cosigning_station, monitor_station]
        views = [(Runner(view), Station(f"view.{view.name}")) for view in VIEWS]
        await run_together(
            [
                wake.run(),
                consumer.run(),
                signing.keep(pool, log, proofs_station),
                cosigning.keep(pool, settings.cosigners, cosigning_station),
                monitor.keep(pool, log.origin, topics.ours, monitor_station),
                search_index.keep(settings.database_url, keyring, wake, search_station),
                *access_app.loops(settings, wake, access_relay),
                Keeper(settings.database_url, pool, wake).run(rebuilds_station),
                *(
                    follow(runner, settings.database_url, wake, station)
                    for runner, station in views
                ),
                report(pool, [*own, *(station for _, station in views)]),
            ]
        )
