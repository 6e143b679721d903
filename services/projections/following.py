"""The loop that keeps one copy of a view up to date, and says loudly when it cannot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from services.ledger.append import GROWN
from services.projections import parked_entries
from services.projections.runner import (
    CHANGED,
    AnotherVersionError,
    NoSuchCopyError,
    StoppedError,
)
from services.runtime.database import Limits, connect
from services.runtime.log import logger
from services.runtime.wake import wait_until_notified

if TYPE_CHECKING:
    from services.projections.runner import Runner
    from services.runtime.database import Connection
    from services.runtime.stations import Station
    from services.runtime.wake import Wake

POLL_SECONDS = 2.0
RETRY_SECONDS = 1.0
LIMITS = Limits(statement_seconds=30.0)
"""Of a step: a batch is read, folded and written."""


async def follow(runner: Runner, database_url: str, wake: Wake, station: Station) -> None:
    """Follow the ledger until cancelled; after a failure try again, from the checkpoint."""
    woken = wake.subscribe(GROWN)
    try:
        while True:
            try:
                async with await connect(database_url, "projections", LIMITS) as connection:
                    await _follow(runner, connection, woken, wake, station)
            except psycopg.OperationalError as error:
                logger().warning("view.trouble", view=runner.checkpoint, error=_reason(error))
            except (AnotherVersionError, NoSuchCopyError) as error:
                station.alarm = _reason(error)
                station.beat()
            await asyncio.sleep(RETRY_SECONDS)
    finally:
        wake.unsubscribe(GROWN, woken)


async def _follow(
    runner: Runner, connection: Connection, woken: asyncio.Event, wake: Wake, station: Station
) -> None:
    try:
        await runner.prepare(connection)
        await runner.drain(connection)
        moved = 1
        while True:
            if moved:
                waiting = await parked_entries.count(connection, runner.checkpoint)
                station.alarm = f"{waiting} events parked" if waiting else None
            moved, news = await runner.advance(connection)
            station.beat()
            if news:
                wake.notify(CHANGED)
            if not moved:
                await wait_until_notified(woken, POLL_SECONDS)
    except (psycopg.OperationalError, AnotherVersionError, NoSuchCopyError):
        raise
    except Exception as error:
        station.alarm = f"stopped: {_reason(error)}"
        station.beat()
        logger().exception("view.stopped", view=runner.checkpoint)
        await runner.say_failed(connection, _reason(error))


def _reason(error: Exception) -> str:
    """What may be shown: the text of our own errors, the class of any other."""
    if isinstance(error, StoppedError):
        return error.reason
    return str(error) if isinstance(error, AnotherVersionError) else type(error).__name__
