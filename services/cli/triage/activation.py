"""`blotter triage promote` and `rollback`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from events.triage import BundleActivated
from services.cli.installation import find_settings
from services.cli.options import Data
from services.cli.triage import triage_app
from services.cli.triage.triage_options import Bundle
from services.triage.activating import Override
from services.triage.domain.activations import NotNowError
from services.triage.operator_session import (
    OperatorSession,
    approver,
    find_bundle,
    open_session,
)
from services.triage.training.tables import TableError


@triage_app.command
def promote(
    *,
    bundle: Bundle,
    reason: str,
    despite_gates: str | None = None,
    approver_token_file: Path | None = None,
    data: Data = None,
) -> int:
    """Put a bundle in force that passed a rehearsal; twice is once. Exit 1 when it may not be.

    Parameters
    ----------
    despite_gates
        Why it is to be in force though a gate fails; takes a second person.
    approver_token_file
        File with an API token of the second person, a supervisor or administrator.
    """
    if (despite_gates is None) != (approver_token_file is None):
        raise TableError("--despite-gates and --approver-token-file go together")

    async def done(session: OperatorSession) -> BundleActivated | None:
        override = None
        if despite_gates is not None and approver_token_file is not None:
            override = Override(despite_gates, await approver(session, approver_token_file))
        found = await find_bundle(session, bundle)
        by = session.by(reason)
        return await session.rehearsing.promote(session.connection, found, by, override)

    return asyncio.run(_activated(data, done))


@triage_app.command
def rollback(*, bundle: Bundle, reason: str, data: Data = None) -> int:
    """Take this bundle out of force at once and have the one before again; twice is once."""

    async def done(session: OperatorSession) -> BundleActivated | None:
        leave = await find_bundle(session, bundle)
        by = session.by(reason)
        return await session.rehearsing.roll_back(session.connection, leave, by)

    return asyncio.run(_activated(data, done))


async def _activated(
    data: Path | None, change: Callable[[OperatorSession], Awaitable[BundleActivated | None]]
) -> int:
    try:
        async with open_session(find_settings(data)) as session:
            activated = await change(session)
    except NotNowError as error:
        print(f"blotter: refused: {error}", file=sys.stderr)
        return 1
    if activated is None:
        print("that is so already: nothing was changed")
    else:
        print(f"{activated.bundle} is in force ({activated.how}) since {activated.activated_at}")
    return 0
