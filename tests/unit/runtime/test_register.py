"""The register of destroyed keys outlives crashes, and shows when it was altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.runtime.register import Destruction, Register, RegisterError

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    Destruction(f"person-{number}", f"{number:032x}", "2026-03-01T09:00:00.000000Z", "request-1")
    for number in range(4)
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "destroyed.jsonl"
    Register(path).add(LINES[:2])
    Register(path).add(LINES[1:])
    return path


def test_what_was_added_is_read_again_and_nothing_twice(file: Path) -> None:
    assert Register(file).read() == LINES


def test_without_a_file_nothing_was_destroyed(tmp_path: Path) -> None:
    assert Register(tmp_path / "none").read() == []


def test_a_torn_last_line_was_never_acknowledged(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:-7])
    assert Register(file).read() == LINES[:3]
    Register(file).add(LINES[3:])
    assert file.read_bytes() == whole


@pytest.mark.parametrize("line", range(3))
@pytest.mark.parametrize("damage", ["altered", "taken out", "swapped"])
def test_a_line_that_was_changed_is_named(file: Path, line: int, damage: str) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    if damage == "altered":
        lines[line] = lines[line].replace(b"person-", b"report-")
    elif damage == "taken out":
        del lines[line]
    else:
        lines[line : line + 2] = reversed(lines[line : line + 2])
    file.write_bytes(b"".join(lines))
    with pytest.raises(RegisterError, match=r"line \d of the register"):
        Register(file).read()


def test_only_its_owner_may_read_it(file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0
