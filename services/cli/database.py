"""`blotter migrate` and `blotter topics`: what a deployment runs before its services."""

from __future__ import annotations

from events.topics import Topics
from services.access.app import MIGRATIONS as ACCESS
from services.casework.app import MIGRATIONS as CASEWORK
from services.intake.app import MIGRATIONS as INTAKE
from services.projections.app import MIGRATIONS as PROJECTIONS
from services.runtime.kafka import Admin
from services.runtime.migrations import migrate, shared
from services.triage.app import MIGRATIONS as TRIAGE


async def migrate_all(database_url: str) -> list[str]:
    """Bring every schema up to date; gives what was applied."""
    return await migrate(database_url, [shared(), INTAKE, TRIAGE, CASEWORK, ACCESS, PROJECTIONS])


async def make_topics(bootstrap: str, prefix: str) -> list[str]:
    """Make our topics where they are missing; gives their names."""
    topics, admin = Topics(prefix), Admin(bootstrap)
    try:
        return await admin.ensure([*topics.ours, topics.dead_letters])
    finally:
        await admin.close()
