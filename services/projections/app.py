"""Composition root of the projections: settings become everything else, here and nowhere else."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from events.topics import Topics
from services.access import app as access_app
from services.agency.loader import load_profile
from services.projections.cosigning import keeping as cosigning
from services.projections.following import follow
from services.projections.known import Memory
from services.projections.ledger import AT_ONCE, GROWN, append
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
from services.runtime.garbage import collect_seldom
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
OWN_STATIONS = (
    "ledger", "proofs", "search", "rebuilds", "access.relay", "cosigning", "monitor",
)  # fmt: skip
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
    admin = Admin(settings.kafka_bootstrap)
    own = {name: Station(name) for name in OWN_STATIONS}

    async def sources() -> list[str]:
        return list(topics.ours)

    async with open_pool(settings.database_for(SCHEMA), SCHEMA) as pool:
        inbox = Inbox("ledger", pool, partial(append, memory=Memory()), lambda: wake.ring(GROWN))
        consumer = Consumer(
            inbox, settings.kafka_bootstrap, settings.database_url, admin, sources,
            own["ledger"], maximum_records=AT_ONCE, in_time_order=True,
        )  # fmt: skip
        keyring = await take_keys(settings, pool)
        log = signing.Log(keyring, signing.origin_of(load_profile(settings.agency)))
        collect_seldom()
        views = [(Runner(view), Station(f"view.{view.name}")) for view in VIEWS]
        await run_together(
            [
                wake.run(),
                consumer.run(),
                signing.keep(pool, log, own["proofs"]),
                cosigning.keep(pool, settings.cosigners, own["cosigning"]),
                monitor.keep(pool, log.origin, topics.ours, own["monitor"]),
                search_index.keep(settings.database_url, keyring, wake, own["search"]),
                *access_app.loops(settings, wake, own["access.relay"]),
                Keeper(settings.database_url, pool, wake).run(own["rebuilds"]),
                *(
                    follow(runner, settings.database_url, wake, station)
                    for runner, station in views
                ),
                report(pool, [*own.values(), *(station for _, station in views)]),
            ]
        )
