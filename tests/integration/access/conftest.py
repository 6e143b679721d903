"""Access on a real Postgres, as a process that serves reads has it."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio
from pydantic import SecretStr

from services.access.app import open_access
from services.runtime.keyring import Keyring
from services.runtime.settings import Settings
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.access.recording import Access

KEY = bytes(range(32))
KEYRING = Keyring(KEY)


def settings_for(database_url: str) -> Settings:
    """Settings with a known master key; nothing here talks to Kafka."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        master_key=SecretStr(b64encode(KEY).decode()),
        agency=Path(__file__).parents[3] / "deploy" / "agency" / "lakeside",
    )


@pytest_asyncio.fixture
async def access(a_database: str) -> AsyncIterator[Access]:
    """Nothing was read so far."""
    settings = settings_for(a_database)
    async with open_access(settings, Wake(a_database), KEYRING) as opened:
        yield opened
