from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from services.local.child import Program
from services.local.kafka import KafkaServer
from services.local.postgres import PostgresServer
from services.local.server import ServerError
from services.local.supervisor import Backoff, Notice, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORPHAN_MAKER = """
import asyncio, pathlib, sys
from services.local.child import Program
from services.local.supervisor import Supervisor

async def main():
    supervisor = Supervisor(pathlib.Path(sys.argv[1]))
    await supervisor.start(Program("sleeper", ["sleep", "60"]))
    print(supervisor.processes()[0].pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_backoff_doubles_to_ten_seconds_and_is_reset_by_a_long_run() -> None:
    backoff = Backoff()
    delays = [backoff.after(ran_seconds=1) for _ in range(9)]
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10])
    assert backoff.after(ran_seconds=31) == pytest.approx(0.1)


async def test_a_crashing_program_is_restarted_later_each_time(directory: Path) -> None:
    notices: list[Notice] = []
    supervisor = Supervisor(directory, notices.append)
    await supervisor.start(Program("crasher", ["sh", "-c", "echo hello; exit 3"]))
    await _until(lambda: supervisor.processes()[0].restarts >= 3)
    await supervisor.stop()
    exits = [notice for notice in notices if notice.kind == "exited"]
    assert [exit_.next_start_seconds for exit_ in exits][:3] == [0.1, 0.2, 0.4]
    assert exits[0].exit_code == 3
    assert (directory / "crasher.log").read_text().startswith("hello\nhello\nhello\n")
    assert supervisor.processes() == []


async def test_stop_goes_in_reverse_order_and_kills_what_does_not_listen(directory: Path) -> None:
    notices: list[Notice] = []
    supervisor = Supervisor(directory, notices.append)
    deaf = ["sh", "-c", "trap '' TERM; echo ready; sleep 60 & wait; wait"]
    await supervisor.start(Program("deaf", deaf, stop_timeout_seconds=0.3))
    await supervisor.start(Program("sleeper", ["sleep", "60"]))
    await _until(lambda: (directory / "deaf.log").read_text() == "ready\n")
    pids = [process.pid for process in supervisor.processes() if process.pid]
    sessions = [process for pid in pids for process in psutil.Process(pid).children()]
    await supervisor.stop()
    assert [notice.name for notice in notices if notice.kind == "exited"] == ["sleeper", "deaf"]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not any(process.is_running() for process in sessions)


async def test_programs_die_with_a_killed_supervisor(directory: Path) -> None:
    with subprocess.Popen(  # noqa: ASYNC220  our own program, printing at once
        [sys.executable, "-c", ORPHAN_MAKER, str(directory)], stdout=subprocess.PIPE
    ) as supervisor:
        assert supervisor.stdout is not None
        sleeper = psutil.Process(int(supervisor.stdout.readline()))
        supervisor.kill()
    await _until(lambda: not sleeper.is_running() or sleeper.status() == psutil.STATUS_ZOMBIE)


async def test_killed_servers_come_back_by_themselves(directory: Path) -> None:
    supervisor = Supervisor(directory / "logs")
    servers = [PostgresServer(directory / "postgres"), KafkaServer(directory / "kafka")]
    try:
        for server in servers:
            await supervisor.start_server(server)
        before = [process.pid for process in supervisor.processes()]
        for pid in before:
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        await _until(lambda: all(process.restarts for process in supervisor.processes()))
        for server in servers:
            await server.wait_ready()
        after = [process.pid for process in supervisor.processes()]
        assert not set(before) & set(after)
    finally:
        await supervisor.stop()
    assert not any(pid and psutil.pid_exists(pid) for pid in after)


async def test_a_server_that_keeps_dying_is_reported_with_its_log(directory: Path) -> None:
    supervisor = Supervisor(directory / "logs")
    server = PostgresServer(directory / "postgres")
    program = await server.prepare()
    (directory / "postgres" / "cluster" / "PG_VERSION").write_text("9\n")
    try:
        with pytest.raises(ServerError, match="not compatible"):
            await supervisor.start_server(server)
    finally:
        await supervisor.stop()
    assert program.name == "postgres"


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.02)
