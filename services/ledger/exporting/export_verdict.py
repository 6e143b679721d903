"""The verdict on an export in a directory, by our own copy of the program that travels with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.ledger.exporting.verify import Export

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"


def is_export(directory: Path) -> bool:
    """Whether the directory holds an export of records, and not the tiles of a log."""
    return (directory / MANIFEST).exists()


def export_verdict(directory: Path, keys: Path | None) -> dict[str, Any]:
    """The summary of the verdict, with keys from elsewhere if a file of them is given."""
    export = Export(directory, keys.read_text() if keys else None)
    return export.summary(export.verify())
