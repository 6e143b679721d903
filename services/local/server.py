"""What Kafka and Postgres have in common: prepared, run as one program, asked until they answer."""

from __future__ import annotations

import asyncio
import shutil
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from services.local.child import Child, last_lines
from services.local.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

    from services.local.child import Program

_ASK_EVERY_SECONDS = 0.05


class ServerError(Exception):
    """A local server did not come up, or is in the way; the message says what to do."""


class LocalServer(ABC):
    """A server kept in one directory. Under a Supervisor: `prepare()`, then `wait_ready()`.

    `start`, `stop` and `kill` run it without one, for tests.
    """

    name: str

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.log_file = self.directory / "log"
        self._child: Child | None = None

    @abstractmethod
    async def prepare(self) -> Program:
        """Make its data directory once and give the program to run; ServerError if it cannot."""

    @abstractmethod
    async def answers(self) -> bool:
        """Whether it serves a real request now."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Its port on loopback; ServerError before the first `prepare()`."""

    @property
    def pid(self) -> int | None:
        """The process that `start()` began; None when not running or run by a Supervisor."""
        return self._child.pid if self._child and self._child.is_running else None

    async def wait_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return as soon as it serves; ServerError after the time limit."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not await self.answers():  # noqa: ASYNC110  another process answers
                    await asyncio.sleep(_ASK_EVERY_SECONDS)
        except TimeoutError:
            msg = f"{self.name} did not answer on {LOOPBACK}:{self.port} in {timeout_seconds:.0f} s"
            raise ServerError(msg) from None

    async def start(self) -> None:
        """Run it and wait until it serves; ServerError with the end of its log if it ends first."""
        if self.pid is None:
            self._child = await Child.start(await self.prepare(), self.log_file)
            await self._wait_for(self._child)

    async def stop(self) -> None:
        """End it in good order; nothing to do when it is not running."""
        if self._child:
            await self._child.stop()
        self._child = None

    async def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        if self._child:
            await self._child.kill()
        self._child = None

    async def wipe(self) -> None:
        """Remove everything it kept, its identity included; ServerError while it is running."""
        if self.pid is not None or (self.directory.exists() and await self._is_listening()):
            msg = f"{self.name} is still running: stop it before wiping {self.directory}"
            raise ServerError(msg)
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)

    async def _wait_for(self, child: Child) -> None:
        ready = asyncio.create_task(self.wait_ready())
        ended = asyncio.create_task(child.wait())
        try:
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                msg = f"{self.name} ended while starting:\n{last_lines(self.log_file)}"
                raise ServerError(msg)
            await ready
        except BaseException:
            ready.cancel()
            await self.kill()
            raise
        finally:
            ended.cancel()

    async def _is_listening(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except (OSError, ServerError):
            return False
        writer.close()
        return True
