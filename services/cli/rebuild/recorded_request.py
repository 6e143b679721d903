"""Requests about rebuilds, each recorded as a read before it is made."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from services.cli.audit.connections import open_question
from services.projections.rebuilds.requests import NoSuchViewError, NotNowError, find_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from services.projections.view import View
    from services.runtime.database import Connection

DONE = {
    "switch": "{view} serves the copy that was built; `blotter rebuild undo {view}` takes it back",
    "undo": "{view} serves again what was served before",
    "drop": "the copy of {view} that was not served is gone",
    "cancel": "the rebuild of {view} will stop; `blotter rebuild {view}` goes on where it stood",
}
"""What was done, said to whoever asked."""


def request(
    name: str, act: Callable[[Connection, View], Awaitable[object]], data: Path | None, verb: str
) -> int:
    """Record the verb, then act: 0 and what was done; 1 when not now, 2 without such a view."""

    async def ask() -> None:
        view = find_view(name)
        async with open_question(data) as question:
            await question.access.rebuilt(question.reader, view.name, verb)
            await act(question.connection, view)

    try:
        asyncio.run(ask())
    except (NotNowError, NoSuchViewError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 1 if isinstance(error, NotNowError) else 2
    if verb in DONE:
        print(DONE[verb].format(view=name))
    return 0
