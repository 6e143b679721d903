"""The tree grown anew from the leaves, beside the tiles that are stored of it.

It keeps, for each level, the hashes that fill no tile yet: enough for the root at any size, and at
most 255 hashes a level, however many leaves there were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.proofs.finding import Finding
from services.proofs.tiles import WIDTH, WIDTH_BITS, level_size
from services.proofs.tree import EMPTY_ROOT, HASH_BYTES, Frontier, fold, perfect_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.proofs.nodes import TilePlace

    StoredTiles = Mapping[TilePlace, Sequence["StoredTile"]]


@dataclass(frozen=True, slots=True)
class StoredTile:
    """What is stored of a tile, whole or in part; its root only where that is stored too."""

    hashes: bytes
    width: int = WIDTH
    root: bytes | None = None


def compare(place: TilePlace, hashes: Sequence[bytes], stored: StoredTile) -> Finding | None:
    """What is wrong with a stored tile, given the hashes it should begin with."""
    level, index = place
    wanted = b"".join(hashes[: stored.width])
    shift = WIDTH_BITS * level
    if stored.hashes != wanted:
        at = _first_difference(stored.hashes, wanted) // HASH_BYTES
        position = (index * WIDTH + min(at, len(hashes) - 1)) << shift
        if level == 0:
            return Finding(position, "the stored bytes are not those the tree was grown from")
        return Finding(position, f"a hash of level {level} is not that of the hashes beneath it")
    if stored.root is not None and stored.root != perfect_root(hashes):
        return Finding(
            index * WIDTH << shift, f"the root of a tile of level {level} is not its own"
        )
    return None


def _first_difference(left: bytes, right: bytes) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))


@dataclass(slots=True)
class _Level:
    """The hashes of one level that fill no tile yet, and their peaks as far as they were asked."""

    hashes: list[bytes] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)

    def peaks(self) -> list[bytes]:
        self.frontier.extend(self.hashes[self.frontier.size :])
        return self.frontier.peaks


class Regrowth:
    """Grows by leaves' hashes; every tile that fills is compared with the one that is stored."""

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        """From the beginning; or from `size` leaves, with the hashes of each level that fill no
        tile there (these are believed until a signed root confirms them)."""
        self.size = size
        self._levels = [_Level(list(hashes)) for hashes in levels] or [_Level()]

    def extend(self, leaves: Sequence[bytes], stored: StoredTiles, whole: int) -> Finding | None:
        """Grow; the first tile that differs, or is missing though the stored tree has `whole`
        leaves. After a finding nothing more can be asked."""
        start = 0
        while start < len(leaves):
            room = WIDTH - len(self._levels[0].hashes)
            some = leaves[start : start + room]
            self._levels[0].hashes += some
            self.size += len(some)
            start += len(some)
            if len(self._levels[0].hashes) == WIDTH and (found := self._filled(stored, whole)):
                return found
        return None

    def _filled(self, stored: StoredTiles, whole: int) -> Finding | None:
        level = 0
        while len(self._levels[level].hashes) == WIDTH:
            hashes = self._levels[level].hashes
            place = (level, level_size(level, self.size) // WIDTH - 1)
            tiles = stored.get(place, ())
            for tile in tiles:
                if found := compare(place, hashes, tile):
                    return found
            if self.size <= whole and not any(tile.width == WIDTH for tile in tiles):
                position = place[1] * WIDTH << (WIDTH_BITS * level)
                return Finding(position, f"a full tile of level {level} is missing")
            if len(self._levels) == level + 1:
                self._levels.append(_Level())
            self._levels[level] = _Level()
            level += 1
            self._levels[level].hashes.append(perfect_root(hashes))
        return None

    def unfinished(self, stored: StoredTiles) -> Finding | None:
        """The first tile in part that differs."""
        for level, own in enumerate(self._levels):
            place = (level, level_size(level, self.size) // WIDTH)
            for tile in stored.get(place, ()):
                if own.hashes and (found := compare(place, own.hashes, tile)):
                    return found
        return None

    def peaks(self) -> list[bytes]:
        """The roots of its perfect subtrees, the largest first."""
        return [peak for level in reversed(self._levels) for peak in level.peaks()]

    def root(self) -> bytes:
        """The root at this size."""
        return fold(self.peaks()) if self.size else EMPTY_ROOT
