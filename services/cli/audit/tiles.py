"""`blotter audit tiles DIR`: the whole ledger as static files that anybody can check."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.progress import track

from services.cli.audit import audit_app
from services.cli.audit.connections import open_log
from services.cli.options import Data
from services.ledger.exporting.tile_directory import write_tile_directory
from services.ledger.proofs import signing
from services.proofs.tiles import Tile
from services.runtime.clock import now


@audit_app.command
def tiles(directory: Path, *, data: Data = None) -> None:
    """Write the ledger's tree and entries as C2SP tiles, then the checkpoint; a repeat goes on."""
    written = asyncio.run(_export(directory, data))
    print(f"{written} files written to {directory}")


async def _export(directory: Path, data: Path | None) -> int:
    async with open_log(data) as (connection, log):
        signed = await signing.sign(connection, log, now())
        return await write_tile_directory(connection, directory, signed, _with_progress)


def _with_progress(missing: list[Tile]) -> Iterable[Tile]:
    return track(missing, "Writing tiles", disable=not sys.stderr.isatty())
