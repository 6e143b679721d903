"""What was committed before: the one record of published files that an edit cannot take along.

Along the first parents of HEAD, so that what a branch tried out before it was merged counts for
nothing. What was published by mistake and surely never reached anybody's ledger is named, with the
reason, in `deploy/schemas/WITHDRAWN`: lines of `<git blob> <path> <reason>`.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WITHDRAWN = "deploy/schemas/WITHDRAWN"
DELETED = "0" * 40


@dataclass(frozen=True, slots=True)
class Published:
    """One content a file once had."""

    path: str
    blob: str
    content: bytes


def published(project: Path, folders: Sequence[str]) -> list[Published]:
    """Every content that a file below `folders` ever had, but for what was withdrawn.

    Skips, saying so, where there is no whole history; with `CI_REQUIRES_HISTORY` that is a failure.
    """
    _require_history(project)
    log = _git(
        project,
        "log",
        "--first-parent",
        "--diff-merges=first-parent",
        "--no-renames",
        "--raw",
        "--no-abbrev",
        "--format=",
        "--",
        *folders,
    ).decode()
    found: dict[tuple[str, str], None] = {}
    for line in log.splitlines():
        attributes, path = line.split("\t", 1)
        blob = attributes.split()[3]
        if blob != DELETED:
            found[path, blob] = None
    withdrawn = _withdrawn(project)
    return [
        Published(path, blob, _git(project, "cat-file", "blob", blob))
        for path, blob in found
        if (path, blob) not in withdrawn
    ]


def _withdrawn(project: Path) -> set[tuple[str, str]]:
    file = project / WITHDRAWN
    lines = file.read_text().splitlines() if file.exists() else []
    entries = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]
    assert all(len(entry) == 3 for entry in entries), "each line: <git blob> <path> <reason>"
    return {(path, blob) for blob, path, _ in entries}


def _require_history(project: Path) -> None:
    try:
        whole = _git(project, "rev-parse", "--is-shallow-repository").strip() == b"false"
    except (OSError, subprocess.CalledProcessError):
        whole = False
    if not whole:
        message = "no whole git history here: nobody can say what was published before"
        if os.environ.get("CI_REQUIRES_HISTORY"):
            pytest.fail(message)
        pytest.skip(message)


def _git(project: Path, *arguments: str) -> bytes:
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, check=True).stdout
