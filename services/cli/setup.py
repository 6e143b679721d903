"""`blotter migrate` and `blotter topics`: what an installation's database and broker need."""

from __future__ import annotations

import asyncio

from services.cli.installation import find_settings
from services.cli.options import Data
from services.setup.database import make_topics, migrate_all


def migrate(*, data: Data = None) -> None:
    """Bring the database up to date."""
    for applied in asyncio.run(migrate_all(find_settings(data).database_url)):
        print(applied)


def topics(*, data: Data = None) -> None:
    """Make the missing topics."""
    settings = find_settings(data)
    for made in asyncio.run(make_topics(settings.kafka_bootstrap, settings.topic_prefix)):
        print(made)
