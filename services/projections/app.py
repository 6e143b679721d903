"""Composition root of the projections: settings become everything else, here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.access import app as access_app
from services.ledger import app as ledger
from services.ledger.app import SCHEMA
from services.projections.following import follow
from services.projections.rebuilds.keeping import Keeper
from services.projections.runner import Runner
from services.projections.search import index as search_index
from services.projections.views import VIEWS
from services.runtime import migrations
from services.runtime.custody import take_keys
from services.runtime.database import Limits, open_pool
from services.runtime.garbage import collect_seldom
from services.runtime.process import run_together
from services.runtime.stations import Station, report
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from services.runtime.database import Pool
    from services.runtime.keyring import Keyring
    from services.runtime.settings import Settings

MIGRATIONS = migrations.reader(SCHEMA, Path(__file__).parent / "migrations")

LIMITS = Limits(statement_seconds=300.0)
"""With a new epoch the search index deletes all its hashes in one statement."""


def loops(
    settings: Settings, pool: Pool, wake: Wake, keyring: Keyring
) -> list[Coroutine[None, None, None]]:
    """Every loop of the projections: views, search index, rebuilds, the access relay, stations."""
    own = {name: Station(name) for name in ("search", "rebuilds", "access.relay", "access.topics")}
    views = [(Runner(view), Station(f"view.{view.name}")) for view in VIEWS]
    return [
        search_index.keep(pool, keyring, wake, own["search"]),
        *access_app.loops(settings, wake, own["access.relay"], own["access.topics"]),
        Keeper(settings.database_url, pool, wake).run(own["rebuilds"]),
        *(follow(runner, settings.database_url, wake, station) for runner, station in views),
        report(pool, [*own.values(), *(station for _, station in views)]),
    ]


async def run(settings: Settings, *, with_ledger: bool = False) -> None:
    """The projections process: the ledger in, every view kept up to date.

    `with_ledger` runs the ledger's loops too, so that a small installation has one process less.
    """
    wake = Wake(settings.database_url)
    async with open_pool(settings.database_for(SCHEMA), SCHEMA, limits=LIMITS) as pool:
        keyring = await take_keys(settings, pool)
        collect_seldom()
        also = ledger.loops(settings, pool, wake, keyring) if with_ledger else []
        await run_together([wake.run(), *also, *loops(settings, pool, wake, keyring)])
