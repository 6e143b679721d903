"""Where a proof's hashes lie: ranges of leaves as perfect subtrees, those as parts of tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.tiles import WIDTH, WIDTH_BITS
from services.proofs.tree import fold, perfect_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.proofs.tree import Range

TilePlace = tuple[int, int]
"""Level and index of a tile."""


@dataclass(frozen=True, slots=True)
class Node:
    """The root of a perfect subtree of 2**level leaves, the index-th of its kind."""

    level: int
    index: int

    @property
    def tile(self) -> TilePlace:
        """The tile whose hashes make it."""
        return self.level // WIDTH_BITS, self._first // WIDTH

    @property
    def _first(self) -> int:
        return self.index << (self.level % WIDTH_BITS)

    def of(self, hashes: Sequence[bytes]) -> bytes:
        """Its hash, from those of its tile; IndexError when that is not filled so far."""
        start, width = self._first % WIDTH, 1 << (self.level % WIDTH_BITS)
        part = hashes[start : start + width]
        if len(part) != width:
            raise IndexError("the tile is not filled so far")
        return perfect_root(part)


def nodes_of(range_: Range) -> list[Node]:
    """The perfect subtrees of a range that a proof is made of, the largest first."""
    start, end = range_
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def tiles_for(ranges: Sequence[Range]) -> set[TilePlace]:
    """Which tiles the hashes of these ranges are made of."""
    return {node.tile for each in ranges for node in nodes_of(each)}


def hashes_of(
    ranges: Sequence[Range], tiles: Mapping[TilePlace, Sequence[bytes]]
) -> tuple[bytes, ...]:
    """The hash of each range, from tiles that hold the hashes of all of them."""
    return tuple(fold([node.of(tiles[node.tile]) for node in nodes_of(each)]) for each in ranges)
