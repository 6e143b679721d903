"""Composition root of the ledger: settings become everything else, here and nowhere else.

The tables of the ledger and those of the views lie in one schema, `projections`, since a view's row
and the position it came from commit together. The views' process makes that schema's migrations.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from events.topics import Topics
from services.agency.loader import load_profile
from services.ledger.admission import Memory
from services.ledger.append import AT_ONCE, GROWN, append
from services.ledger.cosigning import cosigning
from services.ledger.monitor import monitoring
from services.ledger.proofs import signing
from services.runtime.consumer import Consumer
from services.runtime.custody import take_keys
from services.runtime.database import Limits, open_pool
from services.runtime.garbage import collect_seldom
from services.runtime.inbox import Inbox
from services.runtime.kafka import Admin
from services.runtime.process import run_together
from services.runtime.stations import Station, report
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.runtime.database import Pool
    from services.runtime.keyring import Keyring
    from services.runtime.settings import Settings

SCHEMA = "projections"
APPENDING = Limits(statement_seconds=30.0)
"""A transaction copies 10,000 events at most; the monitor recomputes 2,000 at a time."""
READING = Limits(statement_seconds=60.0, idle_in_transaction_seconds=300.0)
"""Whole records and exports, folded or streamed in one snapshot while a client reads them."""


@dataclass(frozen=True, slots=True)
class ReadSide:
    """What answers about the ledger and the views need."""

    pool: Pool
    keyring: Keyring
    profile: AgencyProfile
    wake: Wake
    access: Access


@asynccontextmanager
async def open_read_side(
    settings: Settings, wake: Wake, access: Access, *, connections: int = 4
) -> AsyncIterator[ReadSide]:
    """The read side with what it needs, until the block ends."""
    async with open_pool(
        settings.database_for(SCHEMA), SCHEMA, maximum=connections, limits=READING
    ) as pool:
        keyring = await take_keys(settings, pool)
        yield ReadSide(pool, keyring, load_profile(settings.agency), wake, access)


def loops(
    settings: Settings, pool: Pool, wake: Wake, keyring: Keyring
) -> list[Coroutine[None, None, None]]:
    """Every loop of the ledger: append, sign, collect cosignatures, watch, report stations."""
    topics = Topics(settings.topic_prefix)
    own = {name: Station(name) for name in ("ledger", "proofs", "cosigning", "monitor")}

    async def sources() -> list[str]:
        return list(topics.ours)

    inbox = Inbox("ledger", pool, partial(append, memory=Memory()), lambda: wake.notify(GROWN))
    consumer = Consumer(
        inbox,
        settings.kafka_bootstrap,
        settings.database_url,
        Admin(settings.kafka_bootstrap),
        sources,
        own["ledger"],
        maximum_records=AT_ONCE,
        in_time_order=True,
    )
    log = signing.Log(keyring, signing.origin_of(load_profile(settings.agency)))
    return [
        consumer.run(),
        signing.keep(pool, log, own["proofs"]),
        cosigning.keep(pool, settings.cosigners, own["cosigning"]),
        monitoring.keep(pool, log.origin, topics.ours, own["monitor"]),
        report(pool, list(own.values())),
    ]


async def run(settings: Settings) -> None:
    """The ledger process: all topics in, the ledger with its proofs kept up to date."""
    wake = Wake(settings.database_url)
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, limits=APPENDING) as pool:
        keyring = await take_keys(settings, pool)
        collect_seldom()
        await run_together([wake.run(), *loops(settings, pool, wake, keyring)])
