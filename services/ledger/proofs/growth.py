"""The ledger's tree, grown in the transaction that appends: its peaks, and full tiles as they fill.

While the tree is behind the ledger (one that is older than its tree), appending leaves it alone and
`build` catches up; both lock the one row of `ledger_size`, so they never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.tiles import WIDTH, level_size
from services.proofs.tree import Frontier, leaf_hash, perfect_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection

BUILD_BATCH = 20_000
TRUNK_SQL = "select size, tree_size, peaks from ledger_size"
LEAF_HASHES_SQL = (
    "select sha256('\\x00'::bytea || body) from ledger"
    " where position >= %s and position < %s order by position"
)


@dataclass(slots=True)
class Trunk:
    """The locked row: the ledger's size, and the tree as far as it is built."""

    size: int
    tree: Frontier

    @property
    def whole(self) -> bool:
        """The tree covers the ledger."""
        return self.tree.size == self.size


async def lock(connection: Connection) -> Trunk:
    """Lock the size until the transaction ends."""
    return await _read(connection, TRUNK_SQL + " for update")


async def read(connection: Connection) -> Trunk:
    """The size and the tree as last committed."""
    return await _read(connection, TRUNK_SQL)


async def _read(connection: Connection, query: str) -> Trunk:
    cursor = await connection.execute(query.encode())
    row = await cursor.fetchone()
    assert row is not None
    return Trunk(row[0], Frontier.from_bytes(row[1], bytes(row[2])))


async def append(connection: Connection, trunk: Trunk, bodies: Sequence[bytes]) -> None:
    """Add the leaves of `bodies`, unless the tree is still behind the ledger."""
    if not bodies:
        return
    if trunk.whole:
        await grow(connection, trunk.tree, [leaf_hash(body) for body in bodies])
    trunk.size += len(bodies)
    await _write(connection, trunk)


async def build(connection: Connection) -> Trunk:
    """Grow the tree by some of the leaves it lacks, in a transaction of its own."""
    async with connection.transaction():
        trunk = await lock(connection)
        if not trunk.whole:
            until = min(trunk.size, trunk.tree.size + BUILD_BATCH)
            hashes = await leaf_hashes(connection, trunk.tree.size, until)
            await grow(connection, trunk.tree, hashes)
            await _write(connection, trunk)
    return trunk


async def leaf_hashes(connection: Connection, start: int, end: int) -> list[bytes]:
    """The hashes of stored leaves, as Postgres makes them."""
    if start >= end:
        return []
    cursor = await connection.execute(LEAF_HASHES_SQL.encode(), [start, end])
    return [row[0] for row in await cursor.fetchall()]


async def grow(connection: Connection, tree: Frontier, hashes: Sequence[bytes]) -> None:
    """Add leaves' hashes to the tree and store the tiles that are full now, level by level."""
    before, fresh, level = tree.size, list(hashes), 0
    tree.extend(hashes)
    while fresh:
        had = level_size(level, before)
        first, last = had // WIDTH, level_size(level, tree.size) // WIDTH
        if first == last:
            return
        earlier = await level_hashes(connection, level, first * WIDTH, had)
        fresh = await _store(connection, level, first, earlier + fresh)
        level += 1


async def _store(
    connection: Connection, level: int, first: int, hashes: Sequence[bytes]
) -> list[bytes]:
    """Store the full tiles that `hashes` begin with; gives their roots, the next level's hashes."""
    starts = range(0, len(hashes) - WIDTH + 1, WIDTH)
    tiles = [hashes[start : start + WIDTH] for start in starts]
    roots = [perfect_root(tile) for tile in tiles]
    await connection.execute(
        "insert into tiles (level, index, root, hashes)"
        " select %s, * from unnest(%s::int8[], %s::bytea[], %s::bytea[])",
        [level, list(range(first, first + len(tiles))), roots, [b"".join(tile) for tile in tiles]],
        binary=True,
    )
    return roots


async def level_hashes(connection: Connection, level: int, start: int, end: int) -> list[bytes]:
    """Hashes of a level that is not all in full tiles: of leaves, or the roots of tiles below."""
    if level == 0:
        return await leaf_hashes(connection, start, end)
    cursor = await connection.execute(
        "select root from tiles where level = %s and index >= %s and index < %s order by index",
        [level - 1, start, end],
    )
    return [row[0] for row in await cursor.fetchall()]


async def _write(connection: Connection, trunk: Trunk) -> None:
    await connection.execute(
        "update ledger_size set size = %s, tree_size = %s, peaks = %s",
        [trunk.size, trunk.tree.size, trunk.tree.to_bytes()],
    )
