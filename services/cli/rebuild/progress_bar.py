"""How far a rebuild is, until it is built, cancelled or stopped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.installation import find_settings
from services.projections.rebuilds.completion import completed
from services.runtime.database import LONG, connect

if TYPE_CHECKING:
    from pathlib import Path

    from services.projections.rebuilds.completion import Completion
    from services.projections.rebuilds.progress import Rebuilding, ViewProgress


async def show_until_built(view: str, data: Path | None) -> int:
    """0 when it is built; 1 when it was cancelled, or stopped at an event it cannot fold."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    settings = find_settings(data)
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
    async with await connect(settings.database_url, "projections", LONG) as connection:
        with bar:
            task = bar.add_task(view, total=None, rate="")

            def show(found: ViewProgress, rebuild: Rebuilding) -> None:
                speed = rebuild.events_per_second
                rate = f"{speed:,.0f} events/s" if speed else ""
                done = rebuild.copy.position
                bar.update(task, total=found.ledger_size, completed=done, rate=rate)

            completion = await completed(connection, view, show)
            _print(view, completion)
    return 0 if completion.is_built else 1


def _print(view: str, completion: Completion) -> None:
    if completion.failure:
        print(f"blotter: {view} stopped: {completion.failure}", file=sys.stderr)
    elif completion.is_built:
        print(f"{view} is {completion.state}, {completion.events} events")
    else:
        print(f"the rebuild of {view} was cancelled", file=sys.stderr)
