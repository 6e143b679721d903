"""A rehearsal's progress bar on a terminal: share, rate and remaining time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.runtime.clock import monotonic_seconds

if TYPE_CHECKING:
    from collections.abc import Callable


class RehearsalProgress:
    """A context manager; its value is a function that takes how many are done, and of how many."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self._began = 0.0
        self._bar = Progress(
            *columns, console=Console(stderr=True), disable=not sys.stderr.isatty()
        )
        self._task = self._bar.add_task("rehearsal", total=None, rate="")

    def __enter__(self) -> Callable[[int, int], None]:
        self._began = monotonic_seconds()
        self._bar.start()
        return self._update

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _update(self, done: int, total: int) -> None:
        rate = done / max(monotonic_seconds() - self._began, 0.001)
        self._bar.update(self._task, total=total, completed=done, rate=f"{rate:,.0f} reports/s")
