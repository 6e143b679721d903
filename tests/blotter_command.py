"""The `blotter` command in processes forked from one that has imported it once.

Importing the command takes longer than most of what it does, and the acceptance tests run it some
hundred times. Each run is a process of its own all the same, with its own arguments, environment,
output and exit code. What must be killed or read while it runs is started as a program instead.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["services.cli.main", __name__])
_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


def blotter(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end with this environment, or with ours; gives what it printed."""
    told = [str(each) for each in arguments]
    with tempfile.TemporaryDirectory(prefix="blotter-command-") as directory:
        out, error = Path(directory, "out"), Path(directory, "error")
        given = dict(os.environ if environment is None else environment)
        process = FORKING.Process(target=_run, args=(told, given, out, error, Path.cwd()))
        process.start()
        process.join()
        code = process.exitcode
        assert code is not None
        process.close()
        return subprocess.CompletedProcess(told, code, out.read_text(), error.read_text())


def _run(
    arguments: list[str], environment: dict[str, str], out: Path, error: Path, directory: Path
) -> None:
    """What the forked process does: become the command, as the shell would start it."""
    for file, number in ((out, _STANDARD_OUTPUT), (error, _STANDARD_ERROR)):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(directory)
    take_over("blotter", arguments, environment)
    from services.cli.main import run

    run()


def take_over(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """In a forked process: its arguments and its whole environment."""
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [name, *arguments]
