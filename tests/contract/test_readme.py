"""What the README tells a newcomer to type exists and works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.blotter_command import blotter

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed

README = (Path(__file__).parents[2] / "README.md").read_text()
MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text()
VERBS = sorted(set(re.findall(r"\.venv/bin/blotter ([a-z-]+(?: list)?)", README)))
PATHS = sorted(set(re.findall(r"`((?:services|events|deploy|tests|docs)/[\w/.-]+)`", README)))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w+)", README)) - {"and"}))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.M)


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_exists(verb: str) -> None:
    assert blotter(*verb.split(), "--help").returncode == 0


@pytest.mark.parametrize("path", PATHS)
def test_every_path_exists(path: str) -> None:
    assert (Path(__file__).parents[2] / path).exists()


def test_the_example_report_is_accepted(a_running_installation: Installed) -> None:
    example = re.search(r"-d '\n?(.*?)'", README, re.S)
    assert example is not None
    body = json.loads(example.group(1))
    assert httpx.post(f"{a_running_installation.url}/api/v1/reports", json=body).status_code == 201
