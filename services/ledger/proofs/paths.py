"""Inclusion and consistency proofs, read from stored tiles: a few tiles at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.proofs import growth
from services.proofs.nodes import hashes_of, tiles_for
from services.proofs.tiles import WIDTH, level_size, read_hashes
from services.proofs.tree import (
    EMPTY_ROOT,
    ProofError,
    consistency_ranges,
    inclusion_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.proofs.nodes import TilePlace
    from services.proofs.tree import Range
    from services.runtime.database import Connection


async def inclusion(connection: Connection, index: int, size: int) -> tuple[bytes, ...]:
    """The path from a leaf to the root of the tree when it had `size` leaves."""
    return await _hashes(connection, inclusion_ranges(index, size), size)


async def consistency(connection: Connection, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """The path that shows the tree of `old_size` leaves within that of `new_size`."""
    return await _hashes(connection, consistency_ranges(old_size, new_size), new_size)


async def root(connection: Connection, size: int) -> bytes:
    """The root when the tree had `size` leaves."""
    if size == 0:
        return EMPTY_ROOT
    (found,) = await _hashes(connection, [(0, size)], size)
    return found


async def _hashes(connection: Connection, ranges: Sequence[Range], size: int) -> tuple[bytes, ...]:
    tiles = await _tiles(connection, tiles_for(ranges), size)
    try:
        return hashes_of(ranges, tiles)
    except IndexError as error:
        raise ProofError(f"stored hashes are missing: {error}") from None


async def _tiles(
    connection: Connection, places: set[TilePlace], size: int
) -> dict[TilePlace, Sequence[bytes]]:
    """The hashes of tiles as far as they are filled; ProofError beyond what is built."""
    trunk = await growth.read(connection)
    if size > trunk.tree.size:
        raise ProofError(f"the tree has {trunk.tree.size} leaves, not {size}")
    levels, indexes = [p[0] for p in places], [p[1] for p in places]
    cursor = await connection.execute(
        "select level, index, hashes from tiles"
        " join unnest(%s::int2[], %s::int8[]) as w (level, index) using (level, index)",
        [levels, indexes],
    )
    found: dict[TilePlace, Sequence[bytes]] = {
        (level, index): read_hashes(hashes, WIDTH)
        for level, index, hashes in await cursor.fetchall()
    }
    for level, index in places - set(found):
        end = min((index + 1) * WIDTH, level_size(level, trunk.tree.size))
        found[level, index] = await growth.level_hashes(connection, level, index * WIDTH, end)
    return found
