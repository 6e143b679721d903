"""Pages of documentation as programs: their blocks of code, and how a reader would run them.

What a fence says after its language: nothing means that it is run; `until-stopped` that it is
started, and stopped at the end; `not-run` that a comment above says why not.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PAGES = ("README.md", "docs", "deploy/RUNBOOK.md")
RUN, UNTIL_STOPPED, NOT_RUN = "", "until-stopped", "not-run"
SHELL = ("bash", "-euo", "pipefail", "-c")
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?^(?P<indent> *)```(?P<language>\w+)"
    r"(?: (?P<how>[\w-]+))?\n(?P<text>.*?)^(?P=indent)```$",
    re.M | re.S,
)


class Block(NamedTuple):
    """A block of code on a page; `reason` is why it is not run."""

    language: str
    how: str
    text: str
    reason: str


def pages(project: Path) -> list[Path]:
    """Every page of documentation."""
    found = [project / name for name in PAGES]
    return [page for each in found for page in ([each] if each.is_file() else each.rglob("*.md"))]


def blocks(page: Path, language: str = "") -> list[Block]:
    """The blocks of a page, or those in one language, in their order."""
    found = [
        Block(one["language"], one["how"] or RUN, one["text"], one["reason"] or "")
        for one in _BLOCK.finditer(page.read_text())
    ]
    return [block for block in found if language in {"", block.language}]


def script(found: Sequence[Block]) -> str:
    """What a reader types who types every block that is run, in one shell."""
    return "\n".join(block.text for block in found if block.how == RUN)


def run(text: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Run it in a shell that ends at the first failure; gives what was printed."""
    done = subprocess.run(
        [*SHELL, text],
        cwd=directory,
        env=dict(environment),
        text=True,
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def started(
    text: str,
    until: str,
    directory: Path,
    environment: Mapping[str, str],
    *,
    stop: signal.Signals = signal.SIGINT,
) -> Iterator[Path]:
    """It runs, and has printed `until`; gives the file of what it prints. Ctrl-C sends SIGINT."""
    printed = directory / "printed"
    with printed.open("w") as out:
        process = subprocess.Popen(
            [*SHELL, text],
            cwd=directory,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def is_up() -> bool:
        assert process.poll() is None, printed.read_text()
        return until in printed.read_text()

    try:
        wait_for(is_up, until, 120)
        yield printed
    finally:
        os.killpg(process.pid, stop)
        process.wait(60)
