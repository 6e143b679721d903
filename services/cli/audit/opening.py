"""The ledger's database as the audit verbs open it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.agency.loader import load_profile
from services.cli.finding import find_settings
from services.projections.proofs.signing import Log, origin_of
from services.runtime.custody import open_keyring
from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.runtime.database import Connection


@asynccontextmanager
async def open_log(data: Path | None) -> AsyncIterator[tuple[Connection, Log]]:
    """A connection to the ledger, and what signing needs."""
    settings = find_settings(data)
    log = Log(open_keyring(settings), origin_of(load_profile(settings.agency)))
    async with await connect(settings.database_url, "projections") as connection:
        yield connection, log
