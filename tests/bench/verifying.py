"""How long a verification of a million events takes, beside a bare ordered scan that only hashes.

Each runs in a process of its own on one core, so that the memory is its own. The verification also
asks the owners of the events where each came from; that part is Postgres's and is given apart.
"""

from __future__ import annotations

import asyncio
import resource
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from services.ledger.proofs import growth
from services.ledger.proofs.signing import Log, sign
from services.ledger.verifying import owners
from services.ledger.verifying.database_source import SNAPSHOT
from services.ledger.verifying.local import verify_database
from services.ledger.verifying.verification import PIECE, VerificationRange
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.keyring import Keyring
from services.setup.database import migrate_all
from tests.bench.filling import fill
from tests.bench.result import Goal, Result, machine
from tests.servers import embedded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.runtime.database import Connection
    from tests.bench.run import Run

MASTER = bytes(32)
LOG = Log(Keyring(MASTER), "blotter/bench")
VERIFIED, MEMORY = "a million events verified, s", "memory of the verifier, MB"
SCAN, ASKED_OWNERS = "the same, read in order and hashed only, s", "of it asking the owners, s"
RATIO = "verification / bare scan"
MILLION = 1_000_000
Found = tuple[float, float, float]
"""Seconds, seconds of processor, megabytes at most."""


def measure(run: Run) -> Result:
    """The median of some rounds; verification and scan take turns."""
    events, rounds = run.size(MILLION, 3_000), run.size(3, 1)
    with embedded() as servers:
        asyncio.run(migrate_all(servers.database_url))
        fill(servers.database_url, MASTER, events, run.seed)
        size = asyncio.run(_signed(servers.database_url))
        found: dict[str, list[Found]] = {}
        for _ in range(rounds):
            for name, work in ((VERIFIED, _verify), (SCAN, _scan), (ASKED_OWNERS, _ask)):
                found.setdefault(name, []).append(_alone(work, servers.database_url))
        measured_on = machine(servers.database_url)
    per_million = MILLION / size
    seconds = {name: median(each[0] for each in all_) for name, all_ in found.items()}
    return Result(
        name="audit-verify",
        seed=run.seed,
        sizes={"events": size, "rounds": rounds},
        figures={
            VERIFIED: seconds[VERIFIED] * per_million,
            "processor for it, s": median(e[1] for e in found[VERIFIED]) * per_million,
            ASKED_OWNERS: seconds[ASKED_OWNERS] * per_million,
            MEMORY: max(each[2] for each in found[VERIFIED]),
        },
        floors={SCAN: seconds[SCAN] * per_million},
        ratios={RATIO: seconds[VERIFIED] / seconds[SCAN]},
        spread={name: [each[0] * per_million for each in all_] for name, all_ in found.items()},
        machine=measured_on,
        goals=[Goal(VERIFIED, "at most", 30), Goal(MEMORY, "at most", 500)],
    )


async def _signed(database_url: str) -> int:
    """A whole tree and a checkpoint of it; gives its size."""
    async with await connect(database_url, "projections") as connection:
        while not (trunk := await growth.build(connection)).whole:
            pass
        await sign(connection, LOG, now())
    return trunk.size


def _alone(work: Callable[[str], Found], database_url: str) -> Found:
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(work, database_url).result()


def _verify(database_url: str) -> Found:
    async def work(connection: Connection) -> None:
        verdict = await verify_database(connection, VerificationRange(origin=LOG.origin))
        assert verdict.code == 0, verdict

    return asyncio.run(_timed(database_url, work))


def _ask(database_url: str) -> Found:
    async def work(connection: Connection) -> None:
        assert await owners.contradiction(connection, 0, 2**62) is None

    return asyncio.run(_timed(database_url, work))


def _scan(database_url: str) -> Found:
    """Every event's bytes in order of position, hashed, and nothing else."""

    async def work(connection: Connection) -> None:
        async with connection.transaction():
            await connection.execute(SNAPSHOT)
            start = 0
            while rows := await _bodies(connection, start):
                for row in rows:
                    sha256(b"\x00" + row[0]).digest()
                start += PIECE

    return asyncio.run(_timed(database_url, work))


async def _bodies(connection: Connection, start: int) -> list[tuple[bytes]]:
    cursor = await connection.execute(
        "select body from ledger where position >= %s and position < %s order by position",
        [start, start + PIECE],
        binary=True,
    )
    return await cursor.fetchall()


async def _timed(database_url: str, work: Callable[[Connection], Awaitable[None]]) -> Found:
    async with await connect(database_url, "projections") as connection:
        began, used = perf_counter(), process_time()
        await work(connection)
        seconds, processor = perf_counter() - began, process_time() - used
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, processor, kilobytes / 1000
