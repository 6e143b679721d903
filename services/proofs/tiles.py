"""Tiles (C2SP tlog-tiles): the tree and its entries as static files of 256 each.

Paths are those of C2SP; Go's own `tlog.Tile.Path` puts the height, `8/`, in front of the level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.tree import HASH_BYTES, ProofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.proofs.tree import Range

WIDTH = 256
WIDTH_BITS = 8
MAXIMUM_ENTRY = 65_535
MAXIMUM_LEVEL = 63
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)
ENTRIES = -1
"""The "level" of the bundles of entries themselves."""


class TileError(ProofError):
    """Not the path or the content of a tile."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Up to 256 neighbouring hashes of one level; level 0 are the leaves', each higher one holds
    the roots of the full tiles beneath it."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies under the log's prefix."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile of a path; TileError unless it is the path that tile has."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise TileError("this is not the path of a tile")
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        index = int(found["index"].replace("x", "").replace("/", ""))
        tile = cls(level, index, int(found["width"] or WIDTH))
        if tile.path != path or level > MAXIMUM_LEVEL or tile.width > WIDTH:
            raise TileError("this is not the path of a tile")
        return tile

    @property
    def hashes(self) -> Range:
        """Which hashes of its level it holds; for entries, which leaves."""
        return self.index * WIDTH, self.index * WIDTH + self.width


def level_size(level: int, size: int) -> int:
    """How many hashes a level has in a tree of `size` leaves."""
    return size >> (WIDTH_BITS * max(level, 0))


def tiles_of_level(level: int, size: int, after: int = 0) -> Iterator[Tile]:
    """All tiles of a level in a tree of `size` leaves, the partial one last, without those that
    were full when it had `after` leaves."""
    full, rest = divmod(level_size(level, size), WIDTH)
    for index in range(level_size(level, after) // WIDTH, full):
        yield Tile(level, index)
    if rest:
        yield Tile(level, full, rest)


def tiles_of(size: int, after: int = 0) -> Iterator[Tile]:
    """All tiles of hashes in a tree of `size` leaves, level by level."""
    level = 0
    while level_size(level, size):
        yield from tiles_of_level(level, size, after)
        level += 1


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """A bundle of entries, each behind its length in two bytes; TileError when one is too long."""
    parts = []
    for entry in entries:
        if len(entry) > MAXIMUM_ENTRY:
            raise TileError(f"an entry of {len(entry)} bytes does not fit a bundle")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def read_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; TileError when it is cut short."""
    entries, at = [], 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise TileError("a bundle of entries is cut short")
        entries.append(bundle[start:at])
    return entries


def read_hashes(content: bytes, width: int) -> list[bytes]:
    """The hashes of a tile; TileError when there are not as many as its path says."""
    if len(content) != width * HASH_BYTES:
        raise TileError(f"a tile of {len(content)} bytes does not hold {width} hashes")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]
