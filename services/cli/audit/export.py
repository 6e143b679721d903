"""`blotter audit export NUMBER…`: records that anybody can verify without us."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import orjson
from cyclopts import Parameter

from services.cli.audit import audit_app, elsewhere
from services.cli.audit.opening import open_log
from services.cli.audit.tiles import write_file
from services.projections.exporting.bundle import NotSignedError, bundle, checkpoint_of
from services.projections.exporting.chosen import UnknownNumberError
from services.projections.proofs import signing
from services.runtime.clock import now

Data = Annotated[Path | None, Parameter(name="--data", help="Data directory of the installation.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@audit_app.command
def export(
    *numbers: str, out: Path, size: int | None = None, data: Data = None, json: Json = False
) -> int:
    """Write everything about reports, calls or cases to a new directory, with proofs.

    --size N takes the checkpoint that was signed at N events, so that an export can be repeated
    byte for byte. Exit 2 when a number is not known or the directory is not empty.
    """
    if not numbers:
        print("blotter: export what? Give at least one number", file=sys.stderr)
        return 2
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        print(f"blotter: {out} is not an empty directory", file=sys.stderr)
        return 2
    try:
        found = asyncio.run(_files(numbers, size, data))
    except (UnknownNumberError, NotSignedError) as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 2
    for path, content in sorted(found.items()):
        write_file(out / path, content)
    events = found["events.jsonl"].count(b"\n")
    if json:
        print(orjson.dumps({"directory": str(out), "events": events, "files": len(found)}).decode())
    else:
        print(f"{events} events in {len(found)} files; verify: python3 {out / 'verify.py'}")
    return 0


async def _files(numbers: tuple[str, ...], size: int | None, data: Path | None) -> dict[str, bytes]:
    server = elsewhere.client() if data is None else None
    if server is not None:
        with server:
            return elsewhere.export_of(server, numbers, size)
    async with open_log(data) as (connection, log):
        if size is None:
            signed = await signing.sign(connection, log, now())
        else:
            signed = await checkpoint_of(connection, size)
        return await bundle(connection, numbers, signed)
