"""`blotter audit watch`: does history only grow? Best asked from outside, again and again."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.audit.elsewhere.watch_metrics import metrics
from services.audit.elsewhere.watched import WatchStateError
from services.audit.elsewhere.watcher import Patience, look_and_remember
from services.cli.audit import audit_app
from services.cli.audit.connections import open_source
from services.cli.options import Data
from services.runtime.atomic_file import write_atomically
from services.runtime.clock import now

DAY_SECONDS = 86_400.0
"""An attacker may show an old checkpoint for ever and say that no events wait; this ends it."""


@audit_app.command
def watch(
    *,
    state: Path,
    key: Path | None = None,
    once: bool = False,
    every: float = 60.0,
    metric: Path | None = None,
    stalled_after: float = 300.0,
    expect_growth_within: float = DAY_SECONDS,
    data: Data = None,
) -> int:
    """Check that the log continues what was seen of it before; exit 1 when history was rewritten.

    Without --once it goes on until then. Exit 2 when it cannot tell, or the head stands still.

    Parameters
    ----------
    state: what was seen, kept in this file
    key: file with the log's public keys, one a line, obtained out of band; needed the first time
    every: seconds between two looks
    metric: a file for the textfile collector of Prometheus
    stalled_after: seconds the head may stand still while events wait for it
    expect_growth_within: seconds within which something new is expected whatever the log says of
        itself; 0 for never mind
    """
    patience = Patience(stalled_after, expect_growth_within)
    again = None if once else every
    return asyncio.run(_watch(state, key, data, patience, metric, again))


async def _watch(
    state: Path,
    key: Path | None,
    data: Path | None,
    patience: Patience,
    metric: Path | None,
    again: float | None,
) -> int:
    """Look every `again` seconds until history is found rewritten; once if that is None."""
    while True:
        try:
            found = await look_and_remember(state, key, open_source(data), patience)
        except WatchStateError as error:
            print(f"blotter: {error}", file=sys.stderr)
            return 2
        print(found.words, file=sys.stderr if found.code else sys.stdout, flush=True)
        if metric:
            write_atomically(metric, metrics(found, now().timestamp()).encode())
        if again is None or found.code == 1:
            return found.code
        await asyncio.sleep(again)
