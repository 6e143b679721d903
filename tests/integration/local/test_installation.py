from __future__ import annotations

import base64
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from services.local.installation import (
    Installation,
    InstallationInUseError,
    Running,
    RunningProcess,
)

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import pathlib, sys
from services.local.installation import Installation

with Installation(pathlib.Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_supervisor_is_refused_until_the_first_is_dead(directory: Path) -> None:
    installation = Installation(directory / "data")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(installation.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert installation.supervisor_pid() == holder.pid
        with pytest.raises(InstallationInUseError, match=str(holder.pid)), installation.lock():
            pass
        holder.kill()
    assert installation.supervisor_pid() is None
    with installation.lock():
        assert installation.supervisor_pid() == os.getpid()


def test_what_runs_is_read_back_and_private(directory: Path) -> None:
    installation = Installation(directory / "data")
    assert installation.read() is None
    installation.make()
    running = Running(
        url="http://localhost:8080",
        database_url="postgresql://localhost/blotter",
        kafka_bootstrap="127.0.0.1:9092",
        supervisor_pid=7,
        processes={"kafka": RunningProcess(pid=8, restarts=1)},
    )
    installation.write(running)
    assert installation.read() == running
    file = directory / "data" / "installation.json"
    assert file.stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_once_and_private(directory: Path) -> None:
    installation = Installation(directory / "data")
    key = installation.master_key()
    assert len(base64.b64decode(key)) == 32
    assert Installation(directory / "data").master_key() == key
    assert installation.development_password() == installation.development_password()
    assert installation.secrets.stat().st_mode & 0o777 == 0o700
    assert (installation.secrets / "master-key").stat().st_mode & 0o777 == 0o600


def test_it_is_found_by_argument_then_environment_then_directory(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    monkeypatch.delenv("BLOTTER_DATA", raising=False)
    assert Installation.find().data == directory / ".blotter"
    monkeypatch.setenv("BLOTTER_DATA", str(directory / "named"))
    assert Installation.find().data == directory / "named"
    assert Installation.find(directory / "given").data == directory / "given"
