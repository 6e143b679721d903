"""A real installation under test: `blotter up` as a newcomer starts it, and ways to hurt it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil

from services.local.installation import Installation, Running
from tests.blotter_command import blotter

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOTTER = Path(sys.executable).parent / "blotter"
READY_SECONDS = 120


@dataclass
class Installed:
    """A running installation: its directory, its address and the process that supervises it."""

    data: Path
    url: str
    process: subprocess.Popen[str]
    token: str = ""

    @property
    def running(self) -> Running:
        """What it says of itself."""
        found = Installation(self.data).read()
        assert found is not None
        return found

    @property
    def database_url(self) -> str:
        return self.running.database_url

    def command(self, *arguments: str, check: bool = True) -> str:
        """Run the CLI against this installation and give what it prints."""
        done = blotter(*arguments, "--data", self.data)
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.command("status", "--json", check=False)))

    def pid(self, name: str) -> int | None:
        """The process of a service or server; None while it waits for its next start."""
        process = self.running.processes.get(name)
        return process.pid if process else None

    def living_pid(self, name: str) -> int:
        """The process of a service once there is one."""

        def living() -> int | None:
            pid = self.pid(name)
            return pid if pid and psutil.pid_exists(pid) else None

        return int(wait_for(living, f"a process of {name}"))

    def kill(self, name: str) -> None:
        """kill -9, as a crash would."""
        os.kill(self.living_pid(name), signal.SIGKILL)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """The process stands still and takes no part, without ending."""
        pid = self.living_pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def kafka_down(self) -> Iterator[Path]:
        """The broker is dead and stays so within; gives its directory to be damaged."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            self.kill("kafka")
            yield self.data / "kafka"
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def client(self, **headers: str) -> httpx.Client:
        """HTTP with an administrator's token; nothing to verify, so no certificates are loaded."""
        self.token = self.token or self.command("token", "--role", "administrator").strip()
        given = {"authorization": f"Bearer {self.token}"} | headers
        return httpx.Client(base_url=self.url, headers=given, timeout=30, verify=False)

    def settle(self, timeout_seconds: float = 90) -> dict[str, Any]:
        """Wait until nothing is on its way any more; gives the status then."""
        quiet: list[int] = []

        def settled() -> dict[str, Any] | None:
            try:
                found = self.status()
            except ValueError:
                return None
            lag = sum(station["lag_events"] for station in found["stations"])
            quiet.append(found["ledger"]["head"] if lag == 0 else -1 - len(quiet))
            return found if len(quiet) >= 2 and quiet[-1] == quiet[-2] else None

        return dict(wait_for(settled, "every station to catch up", timeout_seconds, 0.3))


def wait_for(  # type: ignore[no-untyped-def]
    probe, what: str, timeout_seconds: float = 30, every_seconds: float = 0.05
):
    """The first answer of `probe` that is not None or False."""
    until = time.monotonic() + timeout_seconds
    while time.monotonic() < until:
        if answer := probe():
            return answer
        time.sleep(every_seconds)
    raise AssertionError(f"waited {timeout_seconds} s in vain for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def installed(
    *, environment: dict[str, str] | None = None, data: Path | None = None
) -> Iterator[Installed]:
    """`blotter up` in a directory of its own, stopped with Ctrl-C's signal at the end."""
    directory = data or Path(tempfile.mkdtemp(prefix="blotter-installation-"))
    port = free_port()
    arguments = ["up", "--data", str(directory), "--port", str(port), "--no-demo"]
    process = subprocess.Popen(
        [BLOTTER, *arguments],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | (environment or {}),
    )
    try:
        _until_up(process)
        yield Installed(directory, f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
            assert process.stdout is not None
            process.stdout.close()
            if data is None:
                shutil.rmtree(directory, ignore_errors=True)


def _until_up(process: subprocess.Popen[str]) -> None:
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if line.startswith("Blotter is up at"):
            return
    raise AssertionError("blotter up ended:\n" + "".join(said))
