"""The log as Postgres has it, in one snapshot, so that it may grow meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.ledger.proofs import growth, keys, paths
from services.ledger.verifying import owners
from services.ledger.verifying.source import Extent, UnreadableError, read_keys
from services.proofs.examination import Piece, SignedRow
from services.proofs.finding import Finding
from services.proofs.regrowth import StoredTile
from services.proofs.tiles import WIDTH, WIDTH_BITS, level_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.proofs.nodes import TilePlace
    from services.proofs.note import NoteVerifier
    from services.runtime.database import Connection

SNAPSHOT = "set transaction isolation level repeatable read read only"
ROWS_SQL = (
    "select position, body, event_id::text, stream_id, version, type,"
    " timestamptz_send(recorded_at) from ledger"
    " where position >= %s and position < %s order by position"
)
TILES_SQL = (
    "select level, index, hashes, root from tiles"
    " join unnest(%s::int2[], %s::int8[]) as w (level, index) using (level, index)"
)
CHECKPOINTS_SQL = (
    "select note, number, size, root from signed_checkpoints"
    " where size >= %s and size <= %s order by size, number"
)
FROM_SQL = (
    "select note, number, size, root from signed_checkpoints"
    " where size >= %s order by size, number limit 1"
)


class Database:
    """Use inside a transaction that `SNAPSHOT` begins."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keys(self) -> list[NoteVerifier]:
        return read_keys([key.verifier for key in await keys.listed(self._connection)])

    async def extent(self) -> Extent:
        row = await self._one("select size, tree_size, peaks from ledger_size")
        if row is None:
            raise UnreadableError("the ledger does not say how many events it has")
        (count,) = await self._one("select count(*) from signed_checkpoints") or (0,)
        peaks = [row[2][at : at + 32] for at in range(0, len(row[2]), 32)]
        return Extent(row[0], row[1], count, peaks)

    async def levels(self, start: int) -> list[list[bytes]]:
        found, level = [], 0
        while upto := level_size(level, start):
            first = upto // WIDTH * WIDTH
            found.append(await growth.level_hashes(self._connection, level, first, upto))
            level += 1
        return found

    async def piece(self, start: int, end: int) -> Piece:
        cursor = await self._connection.execute(ROWS_SQL.encode(), [start, end], binary=True)
        rows = await cursor.fetchall()
        # One of no events comes with the first piece.
        after = start + 1 if start else 0
        cursor = await self._connection.execute(CHECKPOINTS_SQL.encode(), [after, end], binary=True)
        checkpoints = [SignedRow(*row) for row in await cursor.fetchall()]
        return Piece(start, end, rows, await self._tiles(start, end), checkpoints)

    async def _tiles(self, start: int, end: int) -> dict[TilePlace, list[StoredTile]]:
        """Those that fill between the two."""
        places, level = [], 0
        while level_size(level, end) >= WIDTH:
            full = range(level_size(level, start) // WIDTH, level_size(level, end) // WIDTH)
            places += [(level, index) for index in full]
            level += 1
        if not places:
            return {}
        cursor = await self._connection.execute(
            TILES_SQL.encode(), [[p[0] for p in places], [p[1] for p in places]], binary=True
        )
        return {
            (level, index): [StoredTile(hashes, WIDTH, root)]
            for level, index, hashes, root in await cursor.fetchall()
        }

    async def in_part(self, size: int) -> Mapping[TilePlace, Sequence[StoredTile]]:
        return {}

    async def checkpoint_from(self, size: int) -> SignedRow | None:
        row = await self._one(FROM_SQL, [size])
        return SignedRow(*row) if row else None

    async def path(self, old_size: int, new_size: int) -> Sequence[bytes]:
        return await paths.consistency(self._connection, old_size, new_size)

    async def elsewhere(self, start: int, end: int) -> Finding | None:
        row = await self._one(
            "select min(position) from ledger where position >= (select size from ledger_size)"
        )
        if row and row[0] is not None:
            return Finding(row[0], "the ledger says that it ends before this")
        row = await self._one(
            "select min(index << (%s * (level + 1))), min(level) from tiles"
            " where (index + 1) << (%s * (level + 1)) > (select tree_size from ledger_size)",
            [WIDTH_BITS, WIDTH_BITS],
        )
        if row and row[0] is not None:
            return Finding(row[0], "a tile is stored that the tree does not have")
        return await owners.contradiction(self._connection, start, end)

    async def locate(self, finding: Finding) -> Finding:
        until = finding.until or finding.position + 1
        position = await owners.altered(self._connection, finding.position, until)
        if position is None:
            return finding
        return replace(finding, position=position, problem=owners.ALTERED, until=None)

    async def _one(self, query: str, arguments: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        cursor = await self._connection.execute(query.encode(), arguments, binary=True)
        return await cursor.fetchone()
