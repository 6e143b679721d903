"""kill -9 of real processes: a builder goes on where it stood, a switch happened whole or not."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.projections.rebuilds import requests
from services.projections.rebuilds.comparing import compare
from services.projections.rebuilds.copies import NEXT
from services.projections.rebuilds.switching import switch, undo
from services.projections.views.case_status import CASE_STATUS
from services.runtime.database import connect
from tests.blotter_command import FORKING, take_over
from tests.integration.projections.rebuilding import add, lives, rows_of, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from services.runtime.database import Connection

EVENTS, BATCH = 3_000, 20
ASK_AGAIN_SECONDS = 0.002
"""Asking without a pause would take the processor from the builder, which runs at low priority."""


def _builds(environment: dict[str, str]) -> None:
    """The builder's process, as the keeper starts it.

    Imported here: at its import the builder notes its parent, whose end is also its own.
    """
    take_over("rebuilds", [CASE_STATUS.name, str(BATCH)], environment)
    from services.projections.rebuilds.__main__ import main

    sys.exit(main())


def _goes_to_and_fro(environment: dict[str, str], url: str, ready: Event) -> None:
    """A process that switches and undoes without end."""
    take_over("to-and-fro", [], environment)
    asyncio.run(_to_and_fro(url, ready))


async def _to_and_fro(url: str, ready: Event) -> None:
    async with await connect(url, "projections") as connection:
        ready.set()
        for verb in (switch, undo) * 1000:
            try:
                await verb(connection, CASE_STATUS)
            except Exception as error:
                if "is switched, not built" not in str(error):
                    raise


@contextmanager
def a_process(
    project: Path, url: str, target: Callable[..., None], *arguments: object
) -> Iterator[BaseProcess]:
    """A running process of its own; forked, since importing takes longer than what it does."""
    environment = os.environ | {
        "BLOTTER_DATABASE_URL": url,
        "BLOTTER_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "BLOTTER_MASTER_KEY": "A" * 43 + "=",
        "BLOTTER_AGENCY": str(project / "deploy/agency/chesterfield"),
        "BLOTTER_KEYS": "nowhere",
    }
    process = FORKING.Process(target=target, args=(dict(environment), *arguments))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


async def _ended(process: BaseProcess) -> int | None:
    await asyncio.to_thread(process.join)
    return process.exitcode


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
        with a_process(project, a_database, _builds) as process:
            wanted = reached + chance.randrange(1, 16) * BATCH
            while process.is_alive() and await _position(projections) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            await asyncio.sleep(chance.random() * 0.02)
            if process.is_alive():
                process.kill()
                kills += 1
            assert await _ended(process) in (0, -signal.SIGKILL)
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
    with a_process(project, a_database, _builds) as process:
        assert await _ended(process) == 0
    # At least eight times, and until both states were met: a busy machine is slow to come round.
    for times in range(80):
        if times >= 8 and len(states) == 2:
            break
        await add(projections, history, 50)
        ready = FORKING.Event()
        with a_process(project, a_database, _goes_to_and_fro, a_database, ready) as process:
            assert await asyncio.to_thread(ready.wait, 60)
            await asyncio.sleep(chance.random() * 0.2)
            assert process.is_alive()
            process.kill()
            assert await _ended(process) == -signal.SIGKILL
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
    while await (await connection.execute(query)).fetchone() != (0,):  # noqa: ASYNC110 - another process
        await asyncio.sleep(ASK_AGAIN_SECONDS)
