"""`blotter migrate` and `blotter topics`: what a deployment runs before its services."""

from __future__ import annotations

from events.topics import Topics
from services.access.app import MIGRATIONS as ACCESS
from services.casework.app import MIGRATIONS as CASEWORK
from services.intake.app import MIGRATIONS as INTAKE
from services.projections.app import MIGRATIONS as PROJECTIONS
from services.runtime.kafka import Admin
from services.runtime.migrations import migrate, shared
from services.setup.roles import grant_again
from services.triage.app import MIGRATIONS as TRIAGE


async def migrate_all(database_url: str) -> list[str]:
    """Bring every schema up to date, and the services' privileges; gives what was applied."""
    schemas = [shared(), INTAKE, TRIAGE, CASEWORK, ACCESS, PROJECTIONS]
    applied = await migrate(database_url, schemas)
    await grant_again(database_url)
    return applied


async def make_topics(bootstrap: str, prefix: str) -> list[str]:
    """Make our topics where they are missing; gives their names."""
    topics, admin = Topics(prefix), Admin(bootstrap)
    try:
        return await admin.ensure([*topics.ours, topics.dead_letters])
    finally:
        await admin.close()
