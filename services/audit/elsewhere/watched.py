"""What `blotter audit watch` remembers between two looks, and what it concludes. Pure but the file.

The last checkpoint seen is moved only to one that was shown to continue it. Once history was found
rewritten the finding stays, with both signed checkpoints as evidence, until people take it away.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import orjson

from services.proofs import note
from services.proofs.checkpoint import Checkpoint, open_checkpoint
from services.proofs.note import read_key
from services.proofs.tree import ProofError, verify_consistency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class WatchStateError(Exception):
    """There is no usable state, or no pinned key; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """History was rewritten: how it shows, from which size on, and what the log signed."""

    reason: str
    first_bad_size: int
    shown: str
    found_at: float


@dataclass(frozen=True, slots=True)
class Watched:
    """One log as its watcher knows it. Times are seconds since 1970."""

    keys: tuple[str, ...]
    checkpoint: str | None = None
    advanced_at: float = 0.0
    finding: Finding | None = None

    @property
    def size(self) -> int:
        """The size of the last checkpoint seen; 0 before the first."""
        return _head(self.checkpoint).size if self.checkpoint else 0

    def advanced(self, signed: str, moment: float) -> Watched:
        """This checkpoint continues the last one."""
        grown = self.checkpoint is None or _head(signed).size > self.size
        return replace(self, checkpoint=signed, advanced_at=moment if grown else self.advanced_at)

    def opened(self, signed: str) -> Checkpoint:
        """What the log shows now; NoteError unless a pinned key signed it."""
        origin = _head(self.checkpoint).origin if self.checkpoint else None
        return open_checkpoint(signed, [read_key(key) for key in self.keys], origin)

    def contradiction(self, shown: Checkpoint, path: Sequence[bytes]) -> str | None:
        """Why what is shown does not continue what was seen; None when it does."""
        if self.checkpoint is None:
            return None
        seen = _head(self.checkpoint)
        if shown.size < seen.size:
            return f"the log shows {shown.size} events and had signed {seen.size}"
        if shown.size == seen.size:
            same = shown.root == seen.root
            return None if same else f"the log signed two histories of {seen.size} events"
        if seen.size == 0:
            return None
        try:
            verify_consistency(seen.size, shown.size, path, seen.root, shown.root)
        except ProofError as error:
            return f"the {seen.size} events seen are not the first of {shown.size}: {error}"
        return None


def _head(signed: str) -> Checkpoint:
    return Checkpoint.parse(note.split(signed)[0])


def read(file: Path, keys: Sequence[str]) -> Watched:
    """The state in a file, with `keys` pinned besides; WatchStateError without any key."""
    try:
        fields = orjson.loads(file.read_bytes()) if file.exists() else {"keys": []}
        if found := fields.pop("finding", None):
            fields["finding"] = Finding(**found)
        known = [*fields.pop("keys"), *keys]
        pinned = tuple(dict.fromkeys(str(read_key(key)) for key in known))
        state = Watched(pinned, **fields)
        if state.checkpoint is not None:
            state.opened(state.checkpoint)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, ProofError) as error:
        raise WatchStateError(f"{file} is no usable state: {error}") from None
    if not pinned:
        raise WatchStateError(
            "no key is pinned: get the log's key out of band and give it with --key"
        )
    return state


def written(state: Watched) -> bytes:
    """The file's content."""
    return orjson.dumps(asdict(state), option=orjson.OPT_INDENT_2) + b"\n"


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: 0 sound, 1 rewritten, 2 could not tell."""

    code: int
    words: str
    state: Watched
    stalled: bool = False


def find(state: Watched, reason: str, shown: str, moment: float) -> Watched:
    """History was rewritten; the first finding stays."""
    finding = Finding(reason, state.size, shown, moment)
    return replace(state, finding=state.finding or finding)
