"""kill -9 of real processes: a builder goes on where it stood, a switch happened whole or not."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.projections.rebuilds import requests
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.copies import NEXT
from services.projections.views.case_status import CASE_STATUS
from tests.integration.projections.rebuilding import add, lives, rows_of, served

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.runtime.database import Connection

EVENTS, BATCH = 3_000, 20
BUILDER = ("-m", "services.projections.rebuilds", "case-status", str(BATCH))
TO_AND_FRO = """
import asyncio, sys
from services.projections.rebuilds.switching import switch, undo
from services.projections.views.case_status import CASE_STATUS
from services.runtime.database import connect

async def main():
    async with await connect(sys.argv[1], "projections") as connection:
        print("ready", flush=True)
        for verb in (switch, undo) * 1000:
            try:
                await verb(connection, CASE_STATUS)
            except Exception as error:
                if "is switched, not built" not in str(error):
                    raise

asyncio.run(main())
"""


@asynccontextmanager
async def a_process(project: Path, url: str, *arguments: str) -> AsyncIterator[Process]:
    environment = os.environ | {
        "PYTHONPATH": str(project),
        "BLOTTER_DATABASE_URL": url,
        "BLOTTER_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "BLOTTER_MASTER_KEY": "A" * 43 + "=",
        "BLOTTER_AGENCY": str(project / "deploy/agency/chesterfield"),
        "BLOTTER_KEYS": "nowhere",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _position(connection: Connection) -> int:
    cursor = await connection.execute(
        "select position from checkpoints where view = %s", [CASE_STATUS.name + NEXT]
    )
    row = await cursor.fetchone()
    return row[0] if row else -1


async def _state(connection: Connection) -> str:
    cursor = await connection.execute("select state from rebuilds")
    row = await cursor.fetchone()
    return row[0] if row else ""


async def test_a_builder_killed_at_any_moment_goes_on_where_it_stood(
    projections: Connection, a_database: str, project: Path
) -> None:
    chance = random.Random(4)
    await add(projections, lives(), EVENTS)
    await served(projections, CASE_STATUS)
    await requests.begin(projections, CASE_STATUS, "test")
    reached, kills = 0, 0
    while await _state(projections) == "building":
        async with a_process(project, a_database, *BUILDER) as builder:
            wanted = reached + chance.randrange(1, 16) * BATCH
            while builder.returncode is None and await _position(projections) < wanted:
                pass
            await asyncio.sleep(chance.random() * 0.02)
            if builder.returncode is None:
                builder.send_signal(signal.SIGKILL)
                kills += 1
            assert await builder.wait() in (0, -signal.SIGKILL)
        now = await _position(projections)
        assert now >= reached, "what was committed stays"
        assert now % BATCH == 0
        await _nobody_is_left(projections)
        reached = now
    assert kills > 4
    assert (await compare(projections, CASE_STATUS)).equal
    assert await rows_of(projections, CASE_STATUS, NEXT) == await rows_of(projections, CASE_STATUS)


async def test_a_switch_killed_at_any_moment_happened_whole_or_not_at_all(
    projections: Connection, a_database: str, project: Path
) -> None:
    chance, history = random.Random(5), lives()
    states: set[tuple[str, str]] = set()
    await add(projections, history, 2_000)
    await served(projections, CASE_STATUS)
    await requests.begin(projections, CASE_STATUS, "test")
    async with a_process(project, a_database, *BUILDER) as builder:
        assert await builder.wait() == 0
    # At least eight times, and until both states were met: a busy machine is slow to come round.
    for times in range(80):
        if times >= 8 and len(states) == 2:
            break
        await add(projections, history, 50)
        async with a_process(project, a_database, "-c", TO_AND_FRO, a_database) as process:
            assert process.stdout is not None
            await process.stdout.readline()
            await asyncio.sleep(chance.random() * 0.2)
            assert process.returncode is None
            process.send_signal(signal.SIGKILL)
            await process.wait()
        await _nobody_is_left(projections)
        await served(projections, CASE_STATUS)
        found = await compare(projections, CASE_STATUS)
        assert found.equal, found.differences
        assert found.tables[0].served_rows > 400
        states.add((await _state(projections), found.copy))
    assert states == {("built", "_next"), ("switched", "_old")}


async def _nobody_is_left(connection: Connection) -> None:
    """Postgres has noticed that the other side is gone, and rolled back."""
    query = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    while await (await connection.execute(query)).fetchone() != (0,):
        pass
