"""`blotter audit tiles DIR`: the whole ledger as static files that anybody can check."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import track

from services.cli.audit import audit_app
from services.cli.audit.opening import open_log
from services.cli.options import Data
from services.ledger.proofs import keys, signing
from services.ledger.proofs import tile_files as files
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.tiles import ENTRIES, tiles_of, tiles_of_level
from services.runtime.clock import now

if TYPE_CHECKING:
    from services.runtime.database import Connection


@audit_app.command
def tiles(directory: Path, *, data: Data = None) -> None:
    """Write the ledger's tree and entries as C2SP tiles, then the checkpoint; a repeat goes on."""
    written = asyncio.run(_export(directory, data))
    print(f"{written} files written to {directory}")


async def _export(directory: Path, data: Path | None) -> int:
    async with open_log(data) as (connection, log):
        signed = await signing.sign(connection, log, now())
        return await export(connection, directory, signed)


async def export(connection: Connection, directory: Path, signed: str) -> int:
    """Write what is missing for the tree of a checkpoint, the checkpoint last."""
    size = Checkpoint.parse(note.split(signed)[0]).size
    wanted = [*tiles_of(size), *tiles_of_level(ENTRIES, size)]
    missing = [tile for tile in wanted if not (directory / tile.path).exists()]
    for tile in track(missing, "Writing tiles", disable=not sys.stderr.isatty()):
        write_file(directory / tile.path, await files.content(connection, tile))
    verifiers = "".join(f"{key.verifier}\n" for key in await keys.listed(connection))
    write_file(directory / "keys", verifiers.encode())
    write_file(directory / "checkpoint", signed.encode())
    return len(missing) + 2


def write_file(file: Path, content: bytes) -> None:
    """Whole or not at all: written aside, made durable, put in place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(file.name + ".new")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)
