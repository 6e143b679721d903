"""Events/s of each station alone, on real servers with a backlog prepared beforehand.

Each stands beside the same loop with the same COPY and an empty decision, and beside what its
client does alone.
"""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING

from services.projections.views import VIEWS
from tests.bench.line import a_line
from tests.bench.result import Goal, Result, machine
from tests.bench.round import CONSUME, COPY, EMPTY, FAUST, PRODUCE, Round
from tests.servers import embedded

if TYPE_CHECKING:
    from tests.bench.run import Run
    from tests.servers import Servers

STATIONS = (
    "intake inbound",
    "relay",
    "triage handler",
    "casework",
    "ledger",
    *(f"view {view.name}" for view in VIEWS),
)
RAW = {
    "intake inbound": CONSUME,
    "relay": PRODUCE,
    "triage under Faust": FAUST,
    "casework": CONSUME,
    "ledger": COPY,
}


def measure(run: Run) -> Result:
    """The median of some rounds, each with everything in it."""
    count, rounds = run.size(20_000, 1_000), run.size(3, 1)
    with embedded() as servers:
        found = [asyncio.run(_round(servers, run.seed + number, count)) for number in range(rounds)]
        measured_on = machine(servers.database_url)
    rates = {name: median(each[name] for each in found) for name in found[0]}
    figures = [*STATIONS, "triage under Faust", "ledger, all topics at once"]
    return Result(
        name="stations",
        seed=run.seed,
        sizes={"reports a round": count, "rounds": rounds},
        figures={f"{name}, events/s": rates[name] for name in figures},
        floors={f"{name}, events/s": rates[name] for name in rates if name not in figures},
        ratios=_ratios(found),
        spread={name: [min(e[name] for e in found), max(e[name] for e in found)] for name in rates},
        machine=measured_on,
        goals=[Goal(f"{name} / its empty decision", "at least", 0.5) for name in STATIONS],
    )


def _ratios(found: list[dict[str, float]]) -> dict[str, float]:
    """Each taken within one round, then the median of those."""
    pairs = {f"{name} / its empty decision": (name, name + EMPTY) for name in STATIONS}
    pairs |= {f"{name} / {floor}": (name, floor) for name, floor in RAW.items()}
    return {
        ratio: median(each[name] / each[floor] for each in found)
        for ratio, (name, floor) in pairs.items()
    }


async def _round(servers: Servers, seed: int, count: int) -> dict[str, float]:
    async with a_line(servers, f"bench{seed}") as line:
        return await Round(servers, line, seed, count).run()
