"""One process: its loops run together, end together, and leave gracefully on SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from services.runtime.kafka import KafkaTroubleError
from services.runtime.log import logger
from services.runtime.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from services.runtime.kafka import Admin

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
    admin: Admin, topics: Callable[[], Awaitable[Sequence[str]]], *, kept_forever: bool = True
) -> None:
    """Make missing topics, now and again, until cancelled: a wiped Kafka has none."""
    while True:
        try:
            if made := await admin.ensure(await topics(), kept_forever=kept_forever):
                logger().info("topics.made", topics=made)
        except KafkaTroubleError as error:
            logger().warning("topics.trouble", error=type(error).__name__)
        await asyncio.sleep(ENSURE_EVERY_SECONDS)
