"""The tutorial and the README are run as they stand, in a directory like a fresh clone's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.documents import UNTIL_STOPPED, blocks, run, script, started
from tests.acceptance.installation import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_PORT = "8080"
README = "README.md"
TUTORIAL = "docs/tutorial/first-ten-minutes.md"


@pytest.fixture(scope="module")
def environment(an_environment: dict[str, str]) -> dict[str, str]:
    return os.environ | an_environment


@pytest.fixture(scope="module")
def port() -> str:
    """Not the default one: whoever runs the tests may have an installation there."""
    return str(free_port())


@pytest.fixture(scope="module")
def clone(project: Path, environment: dict[str, str], port: str) -> Iterator[Path]:
    """A directory with this environment, where the tutorial's first block was typed."""
    if shutil.which("curl") is None:
        pytest.skip("the tutorial was NOT run: there is no curl here")
    (start,) = [block for block in blocks(project / TUTORIAL, "sh") if block.how == UNTIL_STOPPED]
    assert start.text == "make up\n"
    assert "up: venv ##" in (makefile := (project / "Makefile").read_text())
    assert "\t@$(BIN)/blotter up\n" in makefile
    directory = Path(tempfile.mkdtemp(prefix="blotter-clone-"))
    directory.chmod(0o755)
    (directory / ".venv").symlink_to(Path(sys.executable).parents[1])
    command = f"exec .venv/bin/blotter up --port {port}"
    try:
        with started(command, "Ctrl-C stops everything", directory, environment) as printed:
            assert f"Blotter is up at http://127.0.0.1:{port}" in printed.read_text()
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def test_a_newcomer_who_follows_the_tutorial_sees_what_it_says(
    clone: Path, project: Path, environment: dict[str, str], port: str
) -> None:
    typed = script(blocks(project / TUTORIAL, "sh")).replace(DEFAULT_PORT, port)
    printed = run(typed, clone, environment)
    assert '"outcome": "none"' in printed
    assert '{"version":3}' in printed
    assert "casework.case-reviewed.v1" in printed
    assert "under-investigation" in printed
    assert "0 different" in printed
    assert "signed by    blotter/" in printed


def test_what_the_readme_says_to_try_works(
    clone: Path, project: Path, environment: dict[str, str], port: str
) -> None:
    typed = script(blocks(project / README, "sh")).replace(DEFAULT_PORT, port)
    printed = run(typed, clone, environment)
    assert "reports filed; see" in printed
    assert '"report_number"' in printed
