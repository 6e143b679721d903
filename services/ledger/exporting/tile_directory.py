"""The whole ledger as a directory of C2SP tiles, which anybody can verify without us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.proofs import keys, tile_files
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tiles import ENTRIES, tiles_of, tiles_of_level
from services.runtime.atomic_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from services.proofs.tiles import Tile
    from services.runtime.database import Connection


async def write_tile_directory(
    connection: Connection,
    directory: Path,
    signed: str,
    show: Callable[[list[Tile]], Iterable[Tile]] = lambda missing: missing,
) -> int:
    """Write what is missing for the tree of a checkpoint, the checkpoint last; counts the files.

    `show` passes the missing tiles on one by one, and may show how many are done.
    """
    size = Checkpoint.parse(note.split(signed)[0]).size
    wanted = [*tiles_of(size), *tiles_of_level(ENTRIES, size)]
    missing = [tile for tile in wanted if not (directory / tile.path).exists()]
    for tile in show(missing):
        write_atomically(directory / tile.path, await tile_files.content(connection, tile))
    verifiers = "".join(f"{key.verifier}\n" for key in await keys.listed(connection))
    write_atomically(directory / "keys", verifiers.encode())
    write_atomically(directory / "checkpoint", signed.encode())
    return len(missing) + 2
