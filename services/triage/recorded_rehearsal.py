"""Rehearsing a bundle from the command line, recorded as a read of reports."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.runtime.custody import open_keyring
from services.runtime.database import LONG, connect
from services.runtime.wake import Wake
from services.triage import activating, stored_bundles
from services.triage.bundle_files import usable
from services.triage.operator_session import find_bundle
from services.triage.shadowing import Ledger, rehearse
from services.triage.training.tables import TableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from services.triage.domain.bundle import Bundle
    from services.triage.operator_session import OperatorSession
    from services.triage.runs import Run


async def rehearse_recorded(
    session: OperatorSession,
    given: str,
    against: str | None,
    since: datetime | None,
    bar: AbstractContextManager[Callable[[int, int], None]],
) -> Run:
    """Rehearse a bundle against another or the active one; recorded as a read beforehand."""
    own = session.connection
    candidate = usable(await stored_bundles.load(own, await find_bundle(session, given)))
    baseline = await _baseline(session, against)
    await _record(session, since)
    keyring, url = open_keyring(session.settings), session.settings.database_url
    async with AsyncExitStack() as stack:
        reading, asking = [
            await stack.enter_async_context(await connect(url, "projections", LONG))
            for _ in range(2)
        ]
        ledger = Ledger(reading, asking, own, keyring)
        with bar as progress:
            return await rehearse(ledger, baseline, candidate, since, session.reader.who, progress)


async def _baseline(session: OperatorSession, against: str | None) -> Bundle:
    own = session.connection
    newest = (await activating.activations(own, session.rehearsing.events)).newest
    if against:
        digest = await find_bundle(session, against)
    elif newest is not None:
        digest = newest.bundle
    else:
        raise TableError("nothing is in force yet: start triage, or say --against")
    return usable(await stored_bundles.load(own, digest))


async def _record(session: OperatorSession, since: datetime | None) -> None:
    """Record that software reads reports for a rehearsal."""
    settings = session.settings
    wake, keyring = Wake(settings.database_url), open_keyring(settings)
    async with open_access(settings, wake, keyring, connections=1) as access:
        words = f"since {since.isoformat()}" if since else None
        await access.replayed(session.reader, "shadow", as_of=words)
