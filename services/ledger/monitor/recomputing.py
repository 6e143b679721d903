"""The tree, made again from the stored bytes and compared with what was signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.header import header
from services.ledger.proofs import keys
from services.proofs.checkpoint import open_checkpoint
from services.proofs.note import read_key
from services.proofs.tiles import WIDTH, read_hashes
from services.proofs.tree import Frontier, ProofError, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.proofs.note import NoteVerifier
    from services.runtime.database import Connection

ROWS_SQL = """
select position, event_id, stream_id, version, body from ledger
where position >= %s and position < %s order by position
"""
TILES_SQL = "select index, hashes from tiles where level = 0 and index >= %s and index <= %s"
SIGNED_SQL = """
select number, size, root, note from signed_checkpoints where size > %s and size <= %s
order by size, number
"""


class MismatchError(Exception):
    """What is stored is not what was signed; `position` is the first bad one, as far as known."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"{what} (first bad position {position})")
        self.position = position


@dataclass(slots=True)
class Recomputing:
    """A tree that is made again from some size on, batch by batch."""

    tree: Frontier = field(default_factory=Frontier)
    good: int = 0
    """The last signed size that was found to match."""

    async def extend(self, connection: Connection, end: int, origin: str) -> None:
        """Recompute up to `end`; MismatchError for the first thing that is not as it was."""
        start = self.tree.size
        hashes = await _leaf_hashes(connection, start, end)
        await _compare_tiles(connection, start, hashes)
        verifiers = [read_key(key.verifier) for key in await keys.listed(connection)]
        cursor = await connection.execute(SIGNED_SQL, [start, end])
        for number, size, root, signed in await cursor.fetchall():
            self.tree.extend(hashes[self.tree.size - start : size - start])
            self._compare(number, size, bytes(root), signed, verifiers, origin)
        self.tree.extend(hashes[self.tree.size - start :])

    def _compare(
        self,
        number: int,
        size: int,
        root: bytes,
        signed: str,
        verifiers: Sequence[NoteVerifier],
        origin: str,
    ) -> None:
        try:
            found = open_checkpoint(signed, verifiers, origin)
        except ProofError as error:
            raise MismatchError(self.good, f"checkpoint {number} is not ours: {error}") from None
        if (found.size, found.root) != (size, root):
            raise MismatchError(self.good, f"checkpoint {number} was signed with another content")
        if root != self.tree.root():
            what = f"checkpoint {number} signed {size} events that are not those stored"
            raise MismatchError(self.good, what)
        self.good = size


async def _leaf_hashes(connection: Connection, start: int, end: int) -> list[bytes]:
    """The hashes of the stored bytes, each row in its place and told apart as its bytes say."""
    cursor = await connection.execute(ROWS_SQL, [start, end])
    hashes: list[bytes] = []
    for position, event_id, stream_id, version, body in await cursor.fetchall():
        if position != start + len(hashes):
            break
        hashes.append(leaf_hash(bytes(body)))
        try:
            stated = header(bytes(body))
        except Exception:
            raise MismatchError(position, "the stored bytes are no event") from None
        if (stated.event_id, stated.stream_id, stated.version) != (event_id, stream_id, version):
            raise MismatchError(position, "a row says something else than its bytes")
    if len(hashes) < end - start:
        raise MismatchError(start + len(hashes), "a row is missing")
    return hashes


async def _compare_tiles(connection: Connection, start: int, hashes: Sequence[bytes]) -> None:
    """Name the very leaf that was changed, where its tile was full."""
    end = start + len(hashes)
    cursor = await connection.execute(TILES_SQL, [start // WIDTH, end // WIDTH])
    for index, stored in sorted(await cursor.fetchall()):
        for offset, expected in enumerate(read_hashes(bytes(stored), WIDTH)):
            place = index * WIDTH + offset
            if start <= place < end and hashes[place - start] != expected:
                raise MismatchError(place, "the stored bytes are not those that were hashed")
