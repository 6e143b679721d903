"""Answers that take minutes: white space is sent meanwhile, so that no proxy times out.

The status is sent before the answer is known; what went wrong after that is a problem in the body.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.responses import StreamingResponse

from services.audit.refusals import CannotCompareError
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

EVERY_SECONDS = 5.0


class OneAtATime:
    """Long work of one process: a second one is refused while the first goes on."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    def answer(self, work: Coroutine[Any, Any, dict[str, Any]]) -> StreamingResponse:
        """JSON, once the work is done; the work ends with the request."""
        if self._lock.locked():
            work.close()
            raise ProblemError(
                503,
                "busy",
                "Another comparison of everything is under way",
                "Try again when it has ended.",
            )
        return StreamingResponse(
            self._described(work),
            headers={"Cache-Control": "no-store"},
            media_type="application/json",
        )

    async def _described(self, work: Coroutine[Any, Any, dict[str, Any]]) -> AsyncIterator[bytes]:
        async with self._lock:
            task = asyncio.create_task(work)
            try:
                while not (await asyncio.wait([task], timeout=EVERY_SECONDS))[0]:
                    yield b" "
                yield orjson.dumps(task.result())
            except CannotCompareError as error:
                title = "Nobody can tell"
                yield orjson.dumps({"title": title, "detail": str(error), "status": 500})
            finally:
                task.cancel()
