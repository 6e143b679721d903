"""The log as exported tiles: a directory, or the same paths over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.verifying.source import Extent, UnreadableError, read_keys
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.examination import Piece, SignedRow
from services.proofs.nodes import hashes_of, tiles_for
from services.proofs.regrowth import StoredTile
from services.proofs.tiles import ENTRIES, WIDTH, Tile, level_size
from services.proofs.tree import HASH_BYTES, ProofError, consistency_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.proofs.finding import Finding
    from services.proofs.nodes import TilePlace


class Files:
    """`read` gives the content of a path below the log's prefix, None where there is no such file;
    `parts` the widths of the tiles in part that lie beside a whole one."""

    def __init__(
        self, read: Callable[[str], bytes | None], parts: Callable[[Tile], Sequence[int]]
    ) -> None:
        self._read, self._parts = read, parts
        signed = read("checkpoint")
        if signed is None:
            raise UnreadableError("there is no checkpoint")
        self._signed = signed
        self._size = _size(signed)

    async def keys(self) -> list[note.NoteVerifier] | None:
        beside = self._read("keys")
        return None if beside is None else read_keys(_text(beside).splitlines())

    async def extent(self) -> Extent:
        return Extent(self._size, self._size, 1)

    async def levels(self, start: int) -> list[list[bytes]]:
        found, level = [], 0
        while upto := level_size(level, start):
            index, rest = divmod(upto, WIDTH)
            found.append(self._hashes((level, index))[:rest] if rest else [])
            level += 1
        return found

    async def piece(self, start: int, end: int) -> Piece:
        rows = []
        for index in range(start // WIDTH, -(-end // WIDTH)):
            width = min(WIDTH, self._size - index * WIDTH)
            bundle = self._read(Tile(ENTRIES, index, width).path) or b""
            entries = _entries(bundle, width)
            rows += [(index * WIDTH + at, entry) for at, entry in enumerate(entries)]
        if end < self._size:
            rows = [row for row in rows if row[0] < end]
        # The checkpoint comes where the log ends; one of no events comes with nothing.
        checkpoints = [SignedRow(_text(self._signed))] if end == self._size else []
        return Piece(start, end, rows, self._stored(start, end), checkpoints)

    def _stored(self, start: int, end: int) -> dict[TilePlace, list[StoredTile]]:
        places, level = [], 0
        while level == 0 or level_size(level, end) >= WIDTH:
            last = -(-end // WIDTH) if level == 0 else level_size(level, end) // WIDTH
            places += [(level, index) for index in range(level_size(level, start) // WIDTH, last)]
            level += 1
        return {place: tiles for place in places if (tiles := self._tiles(place))}

    def _tiles(self, place: TilePlace) -> list[StoredTile]:
        widths = [WIDTH, *self._parts(Tile(*place))]
        found = ((width, self._read(Tile(*place, width).path)) for width in widths)
        return [StoredTile(hashes, width) for width, hashes in found if hashes is not None]

    async def in_part(self, size: int) -> Mapping[TilePlace, Sequence[StoredTile]]:
        found, level = {}, 0
        while upto := level_size(level, size):
            index, rest = divmod(upto, WIDTH)
            tiles = self._tiles((level, index))
            if rest and size == self._size and not any(tile.width == rest for tile in tiles):
                tiles.append(StoredTile(b"", rest))  # it has to be there: as if it were empty
            found[level, index] = tiles
            level += 1
        return found

    async def checkpoint_from(self, size: int) -> SignedRow | None:
        return SignedRow(_text(self._signed)) if size <= self._size else None

    async def path(self, old_size: int, new_size: int) -> Sequence[bytes]:
        ranges = consistency_ranges(old_size, new_size)
        return hashes_of(ranges, {place: self._hashes(place) for place in tiles_for(ranges)})

    def _hashes(self, place: TilePlace) -> list[bytes]:
        """A tile's hashes as far as the log fills it."""
        width = min(WIDTH, level_size(place[0], self._size) - place[1] * WIDTH)
        found = self._read(Tile(*place, width).path) or b""
        return [found[at : at + HASH_BYTES] for at in range(0, len(found), HASH_BYTES)]

    async def elsewhere(self, start: int, end: int) -> Finding | None:
        return None

    async def locate(self, finding: Finding) -> Finding:
        return finding


def _size(signed: bytes) -> int:
    try:
        return Checkpoint.parse(note.split(signed)[0]).size
    except ProofError:
        raise UnreadableError("the checkpoint is none") from None


def _text(signed: bytes) -> str:
    return signed.decode(errors="replace")


def _entries(bundle: bytes, width: int) -> list[bytes]:
    """The entries, as far as there are whole ones; one more than `width` if there are more."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle) and len(entries) <= width:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > len(bundle) or start > len(bundle):
            break
        entries.append(bundle[start:at])
    return entries
