"""What an idle installation costs: memory, processor, and seconds to start cold and warm."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from tests.bench.processes import cpu_seconds, proportional_bytes
from tests.bench.result import Goal, Result, machine

if TYPE_CHECKING:
    from tests.bench.run import Run

MEGABYTE = 1_000_000
TOTAL = "memory of all, MB"
BUSY = "processor of all, % of one core"


def measure(run: Run) -> Result:
    """A first start in an empty directory, a minute of quiet, and a second start there."""
    quiet_seconds = run.size(60, 2)
    data = Path(tempfile.mkdtemp(prefix="blotter-footprint-"))
    starts: dict[str, float] = {}
    try:
        with run.installation(data) as found:
            starts["cold start, s"] = run.start_seconds
            measured_on = machine(found.database_url)
            sleep(quiet_seconds)
            before = cpu_seconds(found)
            sleep(quiet_seconds)
            after = cpu_seconds(found)
            memory = proportional_bytes(found)
        if not run.quick:
            with run.installation(data):
                starts["warm start, s"] = run.start_seconds
    finally:
        shutil.rmtree(data, ignore_errors=True)
    busy = {name: (after[name] - before[name]) / quiet_seconds * 100 for name in after}
    return Result(
        name="footprint",
        seed=run.seed,
        sizes={"quiet seconds": quiet_seconds},
        figures={
            **starts,
            TOTAL: sum(memory.values()) / MEGABYTE,
            BUSY: sum(busy.values()),
        }
        | {f"memory of {name}, MB": held / MEGABYTE for name, held in memory.items()}
        | {f"processor of {name}, % of one core": share for name, share in busy.items()},
        machine=measured_on,
        goals=[Goal(TOTAL, "at most", 1200), Goal(BUSY, "at most", 5)],
    )
