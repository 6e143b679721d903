"""A file of the log's public keys, obtained out of band, one key a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.verifying.source import UnreadableError
from services.proofs.note import NoteVerifier, read_key

if TYPE_CHECKING:
    from pathlib import Path


def pinned_keys(file: Path | None) -> list[NoteVerifier]:
    """The keys of a file, none without one. UnreadableError, NoteError for a line that is none."""
    if file is None:
        return []
    try:
        text = file.read_text()
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}") from None
    found = [read_key(line) for line in text.splitlines() if line.strip()]
    if not found:
        raise UnreadableError(f"{file} holds no key")
    return found
