"""One child program: how it is started, where its output goes, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

from services.runtime.clock import now

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_LAUNCHER = Path(__file__).with_name("launch.py")
_LOG_LIMIT_BYTES = 10 * 1024 * 1024
_LEFTOVERS_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Program:
    """What to run. `env` of None is the environment of the supervisor.

    `death_signal` reaches the program when its supervisor dies without stopping it (Linux).
    `user` is the (uid, gid) to become, for a supervisor that is root.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_seconds: float = 10.0
    death_signal: signal.Signals = signal.SIGKILL
    user: tuple[int, int] | None = None


class Child:
    """A running program, in a session of its own so that the terminal's Ctrl-C misses it."""

    def __init__(self, program: Program, process: Process) -> None:
        self.program = program
        self.started_at: datetime = now()
        self._process = process

    @classmethod
    async def start(cls, program: Program, log_file: Path) -> Self:
        """Start it now; stdout and stderr are appended to `log_file`, rotated past 10 MB.

        A program that does not exist shows as an exit with code 127 and a line in the log.
        It lives no longer than the thread that calls this.
        """
        user, group = program.user or (-1, -1)
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER)]
        numbers = [int(program.death_signal), os.getpid(), user, group]
        log = _open_log(log_file)
        try:
            process = await asyncio.create_subprocess_exec(
                *launcher,
                *map(str, numbers),
                *program.argv,
                env=program.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        return cls(program, process)

    @property
    def pid(self) -> int:
        """The process id; also of one that has ended."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait for its end; the exit code, or minus the number of the signal that ended it."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end; kill it and its session after `stop_timeout_seconds`."""
        with suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), self.program.stop_timeout_seconds)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL it and its session; returns when its descendants are gone as well."""
        if not self.is_running:
            return
        descendants: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            descendants = psutil.Process(self.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._process.wait()
        await asyncio.to_thread(psutil.wait_procs, descendants, _LEFTOVERS_TIMEOUT_SECONDS)


def last_lines(log_file: Path, count: int = 12) -> str:
    """The end of a log, to be shown with an error; empty when there is none."""
    if not log_file.exists():
        return ""
    with log_file.open("rb") as log:
        log.seek(max(0, log_file.stat().st_size - 8192))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])


def _open_log(log_file: Path) -> int:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT_BYTES:
        log_file.replace(log_file.with_suffix(".previous.log"))
    return os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
