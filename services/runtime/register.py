"""The register of destroyed keys: an append-only file outside the database.

A database restored from a backup holds keys again that were destroyed since; every service destroys
at its start what the register names. Each line carries the SHA-256 of the line before, so that a
line that was altered or taken out is noticed.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

import orjson

from services.runtime.epochs import sync_directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START = "0" * 64


class RegisterError(Exception):
    """A line of the register is not as it was written; the message names the first such line."""


@dataclass(frozen=True, slots=True)
class Destruction:
    """One key that is gone. `at` is RFC 3339; `request` is the erasure that demanded it."""

    subject: str
    fingerprint: str
    at: str
    request: str


class Register:
    """The register in one file. A line is on the disk when `add` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, destructions: Sequence[Destruction]) -> None:
        """Append the destructions that are not in the register yet; returns after fsync."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = not self._file.exists()
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = _whole_lines(file)
            known = set(_read(lines))
            previous = _digest(lines[-1]) if lines else START
            for destruction in destructions:
                if destruction not in known:
                    line = orjson.dumps(asdict(destruction) | {"previous": previous})
                    file.write(line + b"\n")
                    previous = _digest(line)
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_directory(self._file.parent)

    def read(self) -> list[Destruction]:
        """Everything in it, the oldest first; RegisterError when a line was tampered with."""
        if not self._file.exists():
            return []
        content = self._file.read_bytes()
        return _read(content[: content.rfind(b"\n") + 1].splitlines())


def _whole_lines(file: BinaryIO) -> list[bytes]:
    """The lines that were finished; a torn last one was never acknowledged and is written over."""
    content = file.read()
    end = content.rfind(b"\n") + 1
    file.seek(end)
    file.truncate()
    return content[:end].splitlines()


def _digest(line: bytes) -> str:
    return sha256(line).hexdigest()


def _read(lines: Sequence[bytes]) -> list[Destruction]:
    found: list[Destruction] = []
    previous = START
    for number, line in enumerate(lines, 1):
        try:
            fields = orjson.loads(line)
            if fields.pop("previous") != previous:
                raise ValueError
            found.append(Destruction(**fields))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise RegisterError(f"line {number} of the register was changed") from None
        previous = _digest(line)
    return found
