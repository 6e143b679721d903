"""The ledger's database as the audit verbs open it."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.agency.loader import load_profile
from services.audit.elsewhere.log_source import local_source, remote_source
from services.cli.installation import find_settings
from services.ledger.proofs.signing import Log, origin_of
from services.runtime.custody import open_keyring
from services.runtime.database import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.audit.elsewhere.log_source import LogSource
    from services.runtime.database import Connection


@asynccontextmanager
async def open_log(data: Path | None) -> AsyncIterator[tuple[Connection, Log]]:
    """A connection to the ledger, and what signing needs."""
    settings = find_settings(data)
    log = Log(open_keyring(settings), origin_of(load_profile(settings.agency)))
    async with await connect(settings.database_url, "projections") as connection:
        yield connection, log


@asynccontextmanager
async def open_source(data: Path | None) -> AsyncIterator[LogSource]:
    """`BLOTTER_URL` with `BLOTTER_TOKEN` where it is set, else the local installation."""
    address = os.environ.get("BLOTTER_URL")
    if address and data is None:
        async with remote_source(address, os.environ.get("BLOTTER_TOKEN", "")) as source:
            yield source
    else:
        async with open_log(data) as (connection, log):
            yield local_source(connection, log)
