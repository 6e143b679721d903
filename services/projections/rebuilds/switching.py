"""Puts a copy in the place of the one that is served, and back: one transaction, nothing is lost.

Both checkpoints are locked, the copy folds what it lacks, then the names are exchanged. Who reads a
table just then waits for that instant; who would make us wait longer makes us try again later.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from psycopg import errors

from services.projections import parked_entries
from services.projections.rebuilds import copies, requests
from services.projections.rebuilds.copies import NEXT, OLD
from services.projections.rebuilds.requests import NotNowError
from services.projections.runner import AnotherVersionError, Runner, StoppedError

if TYPE_CHECKING:
    from services.projections.rebuilds.requests import State
    from services.projections.view import View
    from services.runtime.database import Connection

ATTEMPTS = 20
PAUSE_SECONDS = 0.25
LOCK_TIMEOUT = "300ms"
"""Below Postgres's deadlock_timeout, so that no reader is ever the one that is given up."""
MOST_BEHIND = 50_000
"""A copy further behind follows first; the served one stands still while it catches up."""


async def switch(connection: Connection, view: View) -> int:
    """Serve the copy that was built; the other is kept and followed. Gives the position.

    NotNowError when none is built, or it is too far behind, or it has parked what the served one
    has not, or somebody reads the tables for long.
    """
    return await _patiently(connection, view, "built", "switched", away=OLD, back=NEXT)


async def undo(connection: Connection, view: View) -> int:
    """Serve again what was served before the last switch; the other is kept and followed."""
    return await _patiently(connection, view, "switched", "built", away=NEXT, back=OLD)


async def _patiently(
    connection: Connection, view: View, before: State, after: State, *, away: str, back: str
) -> int:
    copy = Runner(view, back)
    for attempt in range(ATTEMPTS):
        if attempt:
            await asyncio.sleep(PAUSE_SECONDS)
        try:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
                await _check(connection, view, before)
                position = await _catch_up(connection, copy)
                await copies.exchange(connection, view, away, back)
                await connection.execute(
                    "update rebuilds set state = %s, switch_when_built = false,"
                    " switched_at = clock_timestamp() where view = %s",
                    [after, view.name],
                )
            return position
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            continue
    raise NotNowError(f"somebody reads {view.name} for long: try again")


async def _check(connection: Connection, view: View, before: State) -> None:
    found = await requests.lock(connection, view)
    if found is None or found.state != before:
        now = found.state if found else "not begun"
        raise NotNowError(f"the rebuild of {view.name} is {now}, not {before}")


async def _catch_up(connection: Connection, copy: Runner) -> int:
    """Lock both checkpoints and fold what the copy lacks of the ledger; gives its position."""
    served = copy.view.name
    cursor = await connection.execute(
        "select s.size - c.position from checkpoints c cross join ledger_size s"
        " where c.view = any(%s) order by c.view = %s desc for update of c",
        [[served, copy.checkpoint], served],
    )
    behind = [row[0] for row in await cursor.fetchall()]
    if behind[-1] > MOST_BEHIND:
        raise NotNowError(f"the copy of {served} is {behind[-1]} events behind: let it follow")
    try:
        await copy.prepare(connection)
        while await copy.step(connection):
            pass
        position = await copy.lock(connection)
    except (AnotherVersionError, StoppedError) as error:
        raise NotNowError(f"the copy of {served} cannot follow: {error}") from None
    if await parked_entries.count(connection, copy.checkpoint) > await parked_entries.count(
        connection, served
    ):
        raise NotNowError(f"the copy of {served} has parked events: see its status")
    return position
