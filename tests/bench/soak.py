"""`python -m tests.bench.soak [--rounds 20] [--seed N]`: kill -9, round after round, and count."""

from __future__ import annotations

import asyncio
from time import perf_counter

import cyclopts
from rich.console import Console

from tests.acceptance.chaos import one_round
from tests.acceptance.checks import broken_invariants, missing_reports
from tests.acceptance.installation import installed
from tests.bench.result import Goal, Result, machine

FAULTS = ("lost", "doubled", "broken invariants")


def main(rounds: int = 20, seed: int = 20261123) -> int:
    """Rounds on one installation, checked after each; exit 1 if anything was lost or doubled."""
    console, acknowledged = Console(), set[str]()
    totals = dict.fromkeys(("posted", *FAULTS), 0)
    of_rounds: dict[str, list[float]] = {"acknowledged": [], "lost so far": [], "seconds": []}
    with installed() as found:
        measured_on = machine(found.database_url)
        for number in range(rounds):
            began = perf_counter()
            posted = one_round(found, seed + number)
            found.settle()
            acknowledged |= set(posted.acknowledged)
            lost = asyncio.run(missing_reports(found.database_url, acknowledged))
            broken = asyncio.run(broken_invariants(found.database_url))
            seconds, count = perf_counter() - began, len(set(posted.acknowledged))
            for name, value in zip(of_rounds, (count, len(lost), seconds), strict=True):
                of_rounds[name].append(round(value, 1))
            totals["posted"] += posted.keys
            totals["lost"] = max(totals["lost"], len(lost))
            totals["doubled"] += len(posted.doubled)
            totals["broken invariants"] += len(broken)
            console.print(
                f"round {number + 1:2}  seed {seed + number}  {seconds:3.0f} s  "
                f"acknowledged {count}  lost {len(lost)}  "
                f"doubled {len(posted.doubled)}  broken {broken or 'nothing'}"
            )
    result = Result(
        name="soak",
        seed=seed,
        sizes={"rounds": rounds},
        figures={"acknowledged": len(acknowledged)} | totals,
        spread=of_rounds,
        machine=measured_on,
        goals=[Goal(fault, "at most", 0) for fault in FAULTS],
    )
    result.save()
    console.print(result.table())
    return int(any(totals[fault] for fault in FAULTS))


if __name__ == "__main__":
    cyclopts.run(main)
