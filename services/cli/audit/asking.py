"""Questions about history beside the database, each recorded before its answer is shown."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.access.reader import operator
from services.agency.loader import load_profile
from services.cli.finding import find_settings
from services.projections.proofs.signing import Log, origin_of
from services.runtime.custody import open_keyring
from services.runtime.database import connect
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.access.reader import Reader
    from services.access.recording import Access
    from services.agency.profile import AgencyProfile
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Asking:
    """One run of the command line, which is a session of its own."""

    connection: Connection
    log: Log
    profile: AgencyProfile
    access: Access
    reader: Reader


@asynccontextmanager
async def open_asking(data: Path | None) -> AsyncIterator[Asking]:
    """The ledger and what recording needs, until the block ends."""
    settings = find_settings(data)
    profile, keyring = load_profile(settings.agency), open_keyring(settings)
    wake = Wake(settings.database_url)
    async with (
        open_access(settings, wake, keyring, connections=1) as access,
        await connect(settings.database_url, "projections") as connection,
    ):
        yield Asking(connection, Log(keyring, origin_of(profile)), profile, access, operator())
