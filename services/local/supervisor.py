"""Keeps child programs running: started in order, restarted with back-off, stopped in reverse."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.local.child import Child, Program, last_lines
from services.local.server import LocalServer, ServerError
from services.runtime.clock import monotonic_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_SETTLED_SECONDS = 30.0
_RESTARTS_BEFORE_GIVING_UP = 5


@dataclass(frozen=True)
class Notice:
    """Something happened to a program. `exit_code` is minus a signal's number for a kill."""

    kind: Literal["started", "exited", "restarted"]
    name: str
    pid: int
    exit_code: int | None = None
    next_start_seconds: float | None = None


@dataclass(frozen=True)
class ProcessState:
    """One supervised program. `pid` is None while it waits for its next start."""

    name: str
    pid: int | None
    started_at: datetime
    restarts: int


class Backoff:
    """How long to wait before the next start: 0.1 s, doubling to 10 s; anew after 30 s of work."""

    def __init__(self, first_seconds: float = 0.1, longest_seconds: float = 10.0) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._next = first_seconds

    def after(self, ran_seconds: float) -> float:
        """Seconds to wait, for a program that ran `ran_seconds`."""
        if ran_seconds >= _SETTLED_SECONDS:
            self._next = self._first
        delay, self._next = self._next, min(self._next * 2, self._longest)
        return delay


class Supervisor:
    """Supervises programs; their output goes to `logs`/NAME.log.

    Every start, exit and restart is told to `on_notice`. Programs die with the supervisor, even
    when it is killed -9 (Linux).
    """

    def __init__(
        self, logs: Path, on_notice: Callable[[Notice], None] = lambda notice: None
    ) -> None:
        self._logs = logs
        self._on_notice = on_notice
        self._kept: list[_Kept] = []

    async def start(self, program: Program) -> None:
        """Start a program and keep it running until `stop()`."""
        kept = _Kept(program, self.log_file(program.name), self._on_notice)
        self._kept.append(kept)
        await kept.begin()

    async def start_server(self, server: LocalServer, timeout_seconds: float = 60.0) -> None:
        """Prepare and start a server and wait until it serves.

        ServerError with the end of its log when it keeps dying or does not answer in time; it is
        still supervised then, so `stop()` is owed either way.
        """
        program = await server.prepare()
        await self.start(program)
        kept = self._kept[-1]
        ready = asyncio.create_task(server.wait_ready(timeout_seconds))
        failing = asyncio.create_task(kept.failing.wait())
        try:
            await asyncio.wait({ready, failing}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                log = self.log_file(program.name)
                msg = f"{program.name} ends each time it is started ({log}):\n{last_lines(log)}"
                raise ServerError(msg)
            await ready
        finally:
            ready.cancel()
            failing.cancel()

    async def stop(self) -> None:
        """Stop every program, the last started first, each before the next."""
        for kept in reversed(self._kept):
            await kept.end()
        self._kept.clear()

    def processes(self) -> list[ProcessState]:
        """The programs, in the order of their start."""
        return [kept.state() for kept in self._kept]

    def log_file(self, name: str) -> Path:
        """Where the output of a program goes."""
        return self._logs / f"{name}.log"


class _Kept:
    """A program that is kept running by a task of its own, the only one that starts and stops it.

    So no stop can fall between a decision to restart and the restart.
    """

    def __init__(
        self, program: Program, log_file: Path, on_notice: Callable[[Notice], None]
    ) -> None:
        self._program = program
        self._log_file = log_file
        self._notify = on_notice
        self.failing = asyncio.Event()
        self._stopping = asyncio.Event()
        self._restarts = 0
        self._child: Child
        self._task: asyncio.Task[None]

    async def begin(self) -> None:
        self._child = await Child.start(self._program, self._log_file)
        self._notify(Notice("started", self._program.name, self._child.pid))
        self._task = asyncio.create_task(self._keep(), name=f"keep {self._program.name}")

    async def end(self) -> None:
        self._stopping.set()
        await self._task

    def state(self) -> ProcessState:
        pid = self._child.pid if self._child.is_running else None
        return ProcessState(self._program.name, pid, self._child.started_at, self._restarts)

    async def _keep(self) -> None:
        backoff = Backoff()
        while await self._run_until_exit_or_stop(backoff):
            self._child = await self._start_again()
            self._restarts += 1
            if self._restarts >= _RESTARTS_BEFORE_GIVING_UP:
                self.failing.set()
            self._notify(Notice("restarted", self._program.name, self._child.pid))

    async def _run_until_exit_or_stop(self, backoff: Backoff) -> bool:
        """Whether to start it again."""
        began = monotonic_seconds()
        exited = asyncio.create_task(self._child.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({exited, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._stopping.is_set():
            await self._child.stop()
            self._tell_exit(await exited, None)
            return False
        delay = backoff.after(monotonic_seconds() - began)
        self._tell_exit(await exited, delay)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), delay)
        return not self._stopping.is_set()

    async def _start_again(self) -> Child:
        while True:
            try:
                return await Child.start(self._program, self._log_file)
            except OSError:
                # No processes or files left for the moment: as temporary as a crash.
                await asyncio.sleep(1.0)

    def _tell_exit(self, code: int, delay: float | None) -> None:
        self._notify(Notice("exited", self._program.name, self._child.pid, code, delay))
