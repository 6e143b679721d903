"""Loops of one process that run together and end together."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Coroutine

AGAIN_AFTER_SECONDS = 1.0


async def together(loops: Collection[Coroutine[Any, Any, None]]) -> None:
    """Run all until one fails, all ended or we are cancelled; then none is left running.

    The first failure is raised. Unlike a TaskGroup, cancels more than once: see `stop`.
    """
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await stop(tasks)
    # All are asked: of an error nobody asked for, asyncio writes a traceback to the log.
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception())]
    if errors:
        raise errors[0]


@asynccontextmanager
async def running(loops: Collection[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run all beside the block; none is left running after it.

    One that ends before the block does makes the process end as SIGTERM does: a process that has
    lost a loop looks alive and is not.
    """
    tasks = [asyncio.create_task(loop) for loop in loops]
    watch = asyncio.create_task(_end_with_the_first(tasks))
    try:
        yield
    finally:
        await stop([watch, *tasks])


async def _end_with_the_first(tasks: Collection[asyncio.Task[Any]]) -> None:
    ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        error = None if task.cancelled() else task.exception()
        logger().critical("process.loop-ended", error=type(error).__name__)
    signal.raise_signal(signal.SIGTERM)


async def stop(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel until all ended, whatever they raise.

    Once is not enough: `asyncio.wait_for`, which the connection pool uses, loses a cancellation
    that comes in the same turn of the loop as what it waits for (until Python 3.12).
    """
    left, cancelled = {task for task in tasks if not task.done()}, False
    while left:
        for task in left:
            task.cancel()
        try:
            _, left = await asyncio.wait(left, timeout=AGAIN_AFTER_SECONDS)
        except asyncio.CancelledError:
            cancelled = True
            left = {task for task in left if not task.done()}
    if cancelled:
        raise asyncio.CancelledError
