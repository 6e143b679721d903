"""The keys of the logs one cosigns for, from a file that people made out of band."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.proofs.note import NoteError, NoteVerifier, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class PinnedError(Exception):
    """The file holds no key of a log; the message names the line."""


def read_pinned(file: Path) -> Mapping[str, Sequence[NoteVerifier]]:
    """One verifier key a line, by the log's origin, which is its name; `#` begins a comment.

    A log that exchanges its key has two lines until the old key has signed for the last time.
    """
    found: dict[str, list[NoteVerifier]] = defaultdict(list)
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PinnedError(f"{file} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if text := line.partition("#")[0].strip():
            try:
                key = read_key(text)
            except NoteError as error:
                raise PinnedError(f"{file}, line {number}: {error}") from None
            found[key.name].append(key)
    if not found:
        raise PinnedError(f"{file} names no log")
    return dict(found)
