"""What the audit verbs ask: the installation here, or the one at `BLOTTER_URL`."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from services.agency.loader import load_profile
from services.audit import recorded_question
from services.audit.elsewhere.log_source import local_source, remote_source
from services.cli.installation import find_settings
from services.ledger.proofs.signing import Log, origin_of
from services.runtime.custody import open_keyring
from services.runtime.database import LONG, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.audit.elsewhere.log_source import LogSource
    from services.audit.recorded_question import RecordedQuestion
    from services.runtime.database import Connection


def open_question(data: Path | None) -> AbstractAsyncContextManager[RecordedQuestion]:
    """The local ledger, for a question that is recorded as a read."""
    return recorded_question.open_question(find_settings(data))


@asynccontextmanager
async def open_log(data: Path | None) -> AsyncIterator[tuple[Connection, Log]]:
    """A connection to the local ledger, and what signing needs."""
    settings = find_settings(data)
    log = Log(open_keyring(settings), origin_of(load_profile(settings.agency)))
    async with await connect(settings.database_url, "projections", LONG) as connection:
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
