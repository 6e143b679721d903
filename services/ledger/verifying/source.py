"""Where a log is read from to be verified."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from services.proofs.note import read_key
from services.proofs.tree import ProofError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.proofs.examination import Piece, SignedRow
    from services.proofs.finding import Finding
    from services.proofs.nodes import TilePlace
    from services.proofs.note import NoteVerifier
    from services.proofs.regrowth import StoredTile


class UnreadableError(Exception):
    """Nothing can be said about it; the message says why."""


def read_keys(lines: Sequence[str]) -> list[NoteVerifier]:
    """The valid keys; a checkpoint signed with an invalid one is a finding later."""
    found = []
    for line in lines:
        with suppress(ProofError):
            found.append(read_key(line))
    return found


@dataclass(frozen=True, slots=True)
class Extent:
    """How many events there should be, how many the stored tree has, its peaks where those are
    stored apart, and how many checkpoints there are."""

    size: int
    whole: int
    checkpoints: int
    peaks: Sequence[bytes] | None = None

    @property
    def fits(self) -> bool:
        """The tree is not larger than the log, and has as many peaks as its size makes."""
        count = self.whole.bit_count() if self.peaks is None else len(self.peaks)
        return self.whole <= self.size and count == self.whole.bit_count()


class Source(Protocol):
    """A stored log. Pieces begin at whole tiles."""

    async def keys(self) -> list[NoteVerifier] | None:
        """The log's keys as they lie beside it, those that are any; None when none lie there."""
        ...

    async def extent(self) -> Extent: ...

    async def levels(self, start: int) -> list[list[bytes]]:
        """The hashes of each level that fill no tile at `start`."""
        ...

    async def piece(self, start: int, end: int) -> Piece: ...

    async def in_part(self, size: int) -> Mapping[TilePlace, Sequence[StoredTile]]:
        """Stored tiles that are not full at that size."""
        ...

    async def checkpoint_from(self, size: int) -> SignedRow | None:
        """The first checkpoint of so many events or more."""
        ...

    async def path(self, old_size: int, new_size: int) -> Sequence[bytes]:
        """What shows that the one grew into the other."""
        ...

    async def elsewhere(self, start: int, end: int) -> Finding | None:
        """What other records of the same events contradict."""
        ...

    async def locate(self, finding: Finding) -> Finding:
        """The finding with its exact position, where other records of the events tell it."""
        ...
