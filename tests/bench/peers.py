"""Beside `eventsourcing` 9.5.6 on the same Postgres: appends, and a reader that follows writers.

Same server, same durability, same bytes an event, same number of connections. Theirs stores events
and no more; ours also leaves word for the relay, so that its figure includes the outbox.
"""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.appending import (
    AGGREGATES,
    FUNCTIONS,
    LOCKED,
    OURS,
    SCHEMAS,
    make_schemas,
    rate_of_ours,
    rate_of_theirs,
    sample_state,
)
from tests.bench.line import a_line
from tests.bench.result import Goal, Result, machine
from tests.bench.tailing import WRITERS, Tailed, tail_ours, tail_theirs
from tests.servers import embedded

if TYPE_CHECKING:
    from tests.bench.run import Run
    from tests.servers import Servers

BATCH = 100
SINGLE, BATCHED = "one an append", f"{BATCH} an append"
MODES = (OURS, *SCHEMAS)
FOLLOWED = (OURS, LOCKED, FUNCTIONS)


def measure(run: Run) -> Result:
    """Appends: the median of some rounds, modes in turn. Following: one stretch a mode."""
    rounds, seconds = run.size(3, 1), run.size(60, 5)
    counts = {SINGLE: run.size(2_000, 100), BATCHED: run.size(50_000, 1_000)}
    with embedded() as servers:
        found = [asyncio.run(_appends(servers, number, counts)) for number in range(rounds)]
        tailed = asyncio.run(_follow(servers, seconds))
        measured_on = machine(servers.database_url)
    rates = {name: median(each[name] for each in found) for name in found[0]}
    return Result(
        name="peers",
        seed=run.seed,
        sizes={"rounds": rounds, "writers": WRITERS, "seconds of writing": seconds, **counts},
        figures=_of(OURS, rates) | _figures(tailed, OURS),
        floors={name: rate for mode in SCHEMAS for name, rate in _of(mode, rates).items()}
        | _figures(tailed, LOCKED)
        | _figures(tailed, FUNCTIONS),
        ratios=_ratios(found, tailed),
        spread={name: [min(e[name] for e in found), max(e[name] for e in found)] for name in rates},
        machine=measured_on,
        goals=[Goal(f"{OURS}: events missed", "at most", 0)],
    )


async def _appends(servers: Servers, number: int, counts: dict[str, int]) -> dict[str, float]:
    """Each mode, singly and in batches, on an empty database; who goes first changes by round."""
    rates: dict[str, float] = {}
    prefix = f"peers{number}"
    async with a_line(servers, prefix) as line:
        make_schemas(line.database_url)
        state = sample_state(prefix)
        turn = number % len(MODES)
        for mode in MODES[turn:] + MODES[:turn]:
            for way, size in ((SINGLE, 1), (BATCHED, BATCH)):
                count, url = counts[way], line.database_url
                if mode == OURS:
                    rate = await rate_of_ours(url, prefix, way, count, size)
                else:
                    rate = await asyncio.to_thread(
                        rate_of_theirs, url, mode, state, way, count, size
                    )
                rates[_name(mode, way)] = rate
    return rates


async def _follow(servers: Servers, seconds: int) -> dict[str, Tailed]:
    """Each mode alone, on a database of its own."""
    found: dict[str, Tailed] = {}
    for number, mode in enumerate(FOLLOWED):
        async with a_line(servers, f"tail{number}") as line:
            make_schemas(line.database_url)
            if mode == OURS:
                found[mode] = await tail_ours(line, seconds)
            else:
                state = sample_state(line.settings.topic_prefix)
                found[mode] = await asyncio.to_thread(
                    tail_theirs, line.database_url, mode, state, seconds
                )
    return found


def _name(mode: str, way: str) -> str:
    return f"{mode}, {way}, events/s"


def _of(mode: str, rates: dict[str, float]) -> dict[str, float]:
    return {_name(mode, way): rates[_name(mode, way)] for way in (SINGLE, BATCHED)}


def _figures(tailed: dict[str, Tailed], mode: str) -> dict[str, float]:
    found = tailed[mode]
    return {
        f"{mode}: events written under {WRITERS} writers": found.written,
        f"{mode}: events missed": found.missed,
        f"{mode}: seconds the reader came after the last writer": found.behind_seconds,
    }


def _ratios(found: list[dict[str, float]], tailed: dict[str, Tailed]) -> dict[str, float]:
    """Each taken within one round, then the median of those."""
    ratios = {
        f"ours / {mode}, {way}": median(e[_name(OURS, way)] / e[_name(mode, way)] for e in found)
        for mode in (AGGREGATES, LOCKED, FUNCTIONS)
        for way in (SINGLE, BATCHED)
    }
    for mode in (LOCKED, FUNCTIONS):
        ratios[f"ours / {mode}, {WRITERS} writers"] = tailed[OURS].rate / tailed[mode].rate
    return ratios
