"""The content of a tile: the tree's hashes, or the entries themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.proofs import growth
from services.proofs.tiles import ENTRIES, WIDTH, TileError, level_size, write_bundle

if TYPE_CHECKING:
    from services.proofs.tiles import Tile
    from services.runtime.database import Connection


async def content(connection: Connection, tile: Tile) -> bytes:
    """What a tile's file holds; TileError when the tree does not reach that far."""
    tree = (await growth.read(connection)).tree
    start, end = tile.hashes
    if end > level_size(tile.level, tree.size):
        raise TileError("the tree does not reach that far")
    if tile.level == ENTRIES:
        cursor = await connection.execute(
            "select body from ledger where position >= %s and position < %s order by position",
            [start, end],
        )
        return write_bundle([bytes(row[0]) for row in await cursor.fetchall()])
    if tile.width == WIDTH:
        cursor = await connection.execute(
            "select hashes from tiles where level = %s and index = %s", [tile.level, tile.index]
        )
        row = await cursor.fetchone()
        if row is None:
            raise TileError("a full tile is missing")
        return bytes(row[0])
    return b"".join(await growth.level_hashes(connection, tile.level, start, end))
