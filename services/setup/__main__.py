"""`python -m services.setup`: migrations, logins and topics, before a deployment starts.

Needs only what the image holds; the `blotter` command also needs the extra `local`.
"""

from __future__ import annotations

import asyncio

from services.runtime.custody import prepare_keys
from services.runtime.settings import read_settings
from services.setup.database import make_topics, migrate_all
from services.setup.roles import make_roles


async def prepare() -> None:
    """Bring the database up to date and make the missing topics."""
    settings = read_settings()
    await migrate_all(settings.database_url)
    if settings.database_passwords:
        given = settings.database_passwords.items()
        await make_roles(
            settings.database_url, {name: secret.get_secret_value() for name, secret in given}
        )
    await prepare_keys(settings.database_url, settings.keys, settings.master_key_bytes)
    await make_topics(settings.kafka_bootstrap, settings.topic_prefix)


if __name__ == "__main__":
    asyncio.run(prepare())
