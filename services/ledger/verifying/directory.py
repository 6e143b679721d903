"""Exported tiles in a directory, read without any access to us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.verifying.file_source import Files
from services.ledger.verifying.source import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from services.proofs.tiles import Tile


def open_directory(directory: Path) -> Files:
    """The log exported there; UnreadableError when there is none."""
    if not directory.is_dir():
        raise UnreadableError(f"{directory} is no directory")

    def read(path: str) -> bytes | None:
        try:
            return (directory / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def parts(tile: Tile) -> list[int]:
        names = (each.name for each in (directory / f"{tile.path}.p").glob("*"))
        return sorted(int(name) for name in names if name.isdecimal())

    return Files(read, parts)
