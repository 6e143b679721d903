"""The one periodic loop: work again and again, each item on its own, failures counted and shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from services.runtime.log import logger
from services.runtime.wake import wait_until_notified

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from services.runtime.stations import Station

AGAIN_AFTER_SECONDS = 30.0
"""After a failed round the next one comes at least this soon."""
Item = TypeVar("Item")


class UnhealthyError(Exception):
    """A round ended with a finding that people must see; the message becomes the alarm."""


class ProcessMustEndError(Exception):
    """Nothing in this process can go on: it ends, and its supervisor starts it anew."""


class ItemsFailedError(UnhealthyError):
    """Some items of a round failed, each logged; the others are done."""

    def __init__(self, failed: int, handled: int, error: Exception) -> None:
        super().__init__(f"{failed} of {handled} items failed ({type(error).__name__})")
        self.failed = failed
        self.handled = handled


async def every(
    seconds: float,
    work: Callable[[], Awaitable[object]],
    station: Station,
    *,
    wakened_by: asyncio.Event | None = None,
) -> None:
    """Call `work` now and after every `seconds`, or as soon as `wakened_by` is set.

    Until cancelled: a failure is logged, stands as the station's alarm with how often it happened
    in a row, and `work` is tried again. Only ProcessMustEndError is raised.
    """
    failures = 0
    pause = wakened_by or asyncio.Event()
    station.allow_silence(seconds)
    while True:
        try:
            await work()
            failures, station.alarm = 0, None
        except ProcessMustEndError:
            raise
        except UnhealthyError as error:
            failures += 1
            station.alarm = str(error)
        except Exception as error:
            failures += 1
            station.alarm = f"failed {failures} times in a row: {type(error).__name__}"
            logger().error("periodic.failed", station=station.name, error=type(error).__name__)
        station.beat()
        await wait_until_notified(pause, min(seconds, AGAIN_AFTER_SECONDS) if failures else seconds)


async def each(
    items: Iterable[Item], handle: Callable[[Item], Awaitable[object]], *, of: str
) -> int:
    """Handle every item, whatever becomes of the others; gives how many were done.

    `handle` answers False for an item that turned out not to be due. ItemsFailedError after the
    last item when some failed; `of` names the kind of item in the log.
    """
    done = failed = handled = 0
    last: Exception | None = None
    for item in items:
        handled += 1
        try:
            done += await handle(item) is not False
        except Exception as error:
            failed, last = failed + 1, error
            logger().error("item.failed", of=of, error=type(error).__name__)
    if last is not None:
        raise ItemsFailedError(failed, handled, last)
    return done
