"""`python -m tests.bench [NAME…] [--quick] [--seed N]`."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import cyclopts
from rich.console import Console

from tests.bench import (
    auditing,
    deciding,
    end_to_end,
    footprint,
    hazards,
    latency,
    ledger_append,
    peers,
    posting,
    rebuilding,
    rebuilding_under_load,
    recovery,
    stations,
    verifying,
)
from tests.bench.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.result import Result

BENCHMARKS: dict[str, Callable[[Run], Result]] = {
    "stations": stations.measure,
    "end-to-end": end_to_end.measure,
    "latency": latency.measure,
    "recovery": recovery.measure,
    "footprint": footprint.measure,
    "peers": peers.measure,
    "triage-decide": deciding.measure,
    "rebuild": rebuilding.measure,
    "rebuild-under-load": rebuilding_under_load.measure,
    "audit-show": auditing.measure,
    "audit-verify": verifying.measure,
    "ledger-append": ledger_append.measure,
    "hazards": hazards.measure,
    "post-report": posting.measure,
}


def main(*names: str, quick: bool = False, seed: int = 20261123) -> int:
    """Run the named benchmarks, by default all; quick ones prove that they run, and say little."""
    console = Console()
    if unknown := set(names) - set(BENCHMARKS):
        console.print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    with Run(quick, seed) as run:
        for name in names or BENCHMARKS:
            began = perf_counter()
            result = BENCHMARKS[name](run)
            console.print(result.table())
            console.print(f"{name} took {perf_counter() - began:.0f} s")
            if not quick:
                result.save()
    return 0


if __name__ == "__main__":
    cyclopts.run(main)
