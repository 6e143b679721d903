"""One process: its loops run together, end together, and leave gracefully on SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from services.runtime.log import logger
from services.runtime.periodic import every
from services.runtime.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from services.runtime.kafka import Admin
    from services.runtime.stations import Station

ENSURE_EVERY_SECONDS = 10.0


async def run_together(loops: Sequence[Coroutine[None, None, None]]) -> None:
    """Run until a signal comes or one loop fails; a failure is raised after the others ended."""
    everything = asyncio.create_task(together(loops))
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, everything.cancel)
    with suppress(asyncio.CancelledError):
        await everything
    logger().info("process.stopped")


async def keep_topics(
    admin: Admin,
    topics: Callable[[], Awaitable[Sequence[str]]],
    station: Station,
    *,
    wakened_by: asyncio.Event | None = None,
) -> None:
    """Make missing topics, now and again, until cancelled: a wiped Kafka has none."""

    async def ensure() -> None:
        if made := await admin.ensure(await topics()):
            logger().info("topics.made", topics=made)

    await every(ENSURE_EVERY_SECONDS, ensure, station, wakened_by=wakened_by)
