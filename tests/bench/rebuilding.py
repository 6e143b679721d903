"""A view rebuilt from a large ledger, beside a bare ordered scan that only decodes.

The builder is the process that the service starts, with its start, its transactions and the making
of indexes; the scan reads and decodes the same bytes in the same batches and keeps nothing.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

import psycopg

from events.codec import decode
from events.excerpt import excerpts
from services.projections.rebuilds import requests
from services.projections.rebuilds.building import BATCH
from services.projections.runner import Runner, read_ledger
from services.projections.views.case_status import CASE_STATUS
from services.runtime.database import connect
from tests.bench.histories import fill_ledger
from tests.bench.line import MASTER_KEY, a_line
from tests.bench.result import Goal, Result, machine
from tests.servers import embedded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.line import Line
    from tests.bench.run import Run

RATE, MEMORY = "case-status rebuilt, events/s", "peak memory of the builder, MB"
SCAN, WHOLE = "bare scan and excerpts, events/s", "bare scan and whole decoding, events/s"
KILOBYTE = 1024
LOOK_SECONDS = 0.05


def measure(run: Run) -> Result:
    """The median of some rounds; in each the scans go first."""
    events, rounds = run.size(1_000_000, 20_000), run.size(3, 1)
    with embedded() as servers:
        measured_on = machine(servers.database_url)
        found, size, rows = asyncio.run(_rounds(servers, events, rounds, run.seed))
    figures = {name: median(each[name] for each in found) for name in found[0]}
    return Result(
        name="rebuild",
        seed=run.seed,
        sizes={"events": events, "bytes": size, "rows": rows, "rounds": rounds, "batch": BATCH},
        figures={name: figures[name] for name in (RATE, MEMORY)},
        floors={name: figures[name] for name in (SCAN, WHOLE)},
        ratios={
            f"rebuild / {name.removesuffix(', events/s')}": median(e[RATE] / e[name] for e in found)
            for name in (SCAN, WHOLE)
        },
        spread={name: [each[name] for each in found] for name in found[0]},
        machine=measured_on,
        goals=[Goal(RATE, "at least", 50_000), Goal(MEMORY, "at most", 500)],
    )


async def _rounds(
    servers: Any, events: int, rounds: int, seed: int
) -> tuple[list[dict[str, float]], int, int]:
    async with a_line(servers, "rebuild") as line:
        size = await asyncio.to_thread(fill_ledger, line.database_url, events, seed)
        found = []
        for _ in range(rounds):
            scans = {
                SCAN: await _scan(line, events, excerpts(CASE_STATUS.unread)),
                WHOLE: await _scan(line, events, decode),
            }
            found.append(scans | await _rebuild(line, events))
        return found, size, _rows(line, events)


async def _scan(line: Line, events: int, read: Callable[[bytes], object]) -> float:
    wanted = Runner(CASE_STATUS).wanted
    async with await connect(line.database_url, "projections") as connection:
        gc.collect()
        gc.disable()
        began = perf_counter()
        for start in range(0, events, BATCH):
            for _, _, body in await read_ledger(connection, wanted, start, start + BATCH):
                if body is not None:
                    read(body)
        took = perf_counter() - began
        gc.enable()
    return events / took


async def _rebuild(line: Line, events: int) -> dict[str, float]:
    """From the request until it is built."""
    async with await connect(line.database_url, "projections") as connection:
        cursor = await connection.execute("select from rebuilds")
        if await cursor.fetchone() is not None:
            await requests.drop(connection, CASE_STATUS)
        began = perf_counter()
        await requests.begin(connection, CASE_STATUS, "bench")
        memory = await asyncio.to_thread(run_builder, line)
        took = perf_counter() - began
    return {RATE: events / took, MEMORY: memory}


def run_builder(line: Line) -> float:
    """The builder's process until it ends; its peak memory in MB."""
    settings = line.settings
    environment = os.environ | {
        "BLOTTER_DATABASE_URL": settings.database_url,
        "BLOTTER_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "BLOTTER_MASTER_KEY": MASTER_KEY.get_secret_value(),
        "BLOTTER_AGENCY": str(settings.agency),
        "BLOTTER_LOG_LEVEL": "ERROR",
    }
    arguments = [sys.executable, "-m", "services.projections.rebuilds", CASE_STATUS.name]
    process, highest = subprocess.Popen(arguments, env=environment), 0
    while process.poll() is None:
        highest = max(highest, _highest_memory(process.pid))
        sleep(LOOK_SECONDS)
    assert process.returncode == 0, process.returncode
    return highest * KILOBYTE / 1_000_000


def _highest_memory(pid: int) -> int:
    """Of the program alone, in kB: what wait4() tells includes the process that started it."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) if found else 0


def _rows(line: Line, events: int) -> int:
    """Rows built; AssertionError unless every report has one and the copy has the whole ledger."""
    with psycopg.connect(line.database_url) as connection:
        row = connection.execute(
            "select (select position from projections.checkpoints where view = 'case-status_next'),"
            " (select count(*) from projections.case_status_reports_next),"
            " (select count(*) from projections.case_status_calls_next),"
            " (select count(*) from projections.parked_entries),"
            " (select count(*) from projections.ledger where type like 'intake.%')"
        ).fetchone()
    position, reports, calls, parked, submitted = row or (0, 0, 0, 0, 0)
    assert (position, reports, parked) == (events, submitted, 0), row
    return int(reports + calls)
