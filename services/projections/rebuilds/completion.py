"""Waiting until a rebuild is built, switched, cancelled or stopped by an event it cannot fold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.projections.rebuilds.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.projections.rebuilds.progress import Rebuilding, ViewProgress
    from services.runtime.database import Connection

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Completion:
    """How a rebuild ended: its state, the events in the copy, and why it stopped if it did."""

    state: str
    events: int
    failure: str | None = None

    @property
    def is_built(self) -> bool:
        """Whether the copy is whole."""
        return self.failure is None and self.state in ("built", "switched")


async def completed(
    connection: Connection, name: str, show: Callable[[ViewProgress, Rebuilding], None]
) -> Completion:
    """How the rebuild of a view ended, once it did; `show` is called again and again until then."""
    while True:
        (view,) = [each for each in await progress(connection) if each.view == name]
        found = view.rebuild
        if found is None or found.state == "cancelled":
            return Completion("cancelled", 0)
        show(view, found)
        if found.copy.failed or _is_done(found):
            return Completion(found.state, found.copy.position, found.copy.failed)
        await asyncio.sleep(POLL_SECONDS)


def _is_done(rebuild: Rebuilding) -> bool:
    if rebuild.state == "built":
        return not rebuild.switch_when_built
    return rebuild.state == "switched"
