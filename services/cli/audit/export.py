"""`blotter audit export NUMBER…`: records that anybody can verify without us."""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from services.audit.elsewhere.whole_log import Elsewhere
from services.audit.recorded_export import export_recorded
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.exit_codes import exit_codes
from services.cli.options import Data, Json
from services.ledger.exporting.bundle import NotSignedError, archive
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.runtime.atomic_file import write_atomically
from services.runtime.clock import now


@audit_app.command
def export(
    *numbers: str, out: Path, size: int | None = None, data: Data = None, json: Json = False
) -> int:
    """Write everything about reports, calls or cases to a new directory, with proofs.

    --size N takes the checkpoint that was signed at N events, so that an export can be repeated
    byte for byte. Exit 1 when a view leads to the wrong record, 2 when a
    number is not known or the directory is not empty.
    """
    if not numbers:
        print("blotter: export what? Give at least one number", file=sys.stderr)
        return 2
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        print(f"blotter: {out} is not an empty directory", file=sys.stderr)
        return 2
    try:
        with exit_codes():
            found = asyncio.run(_files(numbers, size, data))
    except NotSignedError as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 2
    for path, content in sorted(found.items()):
        write_atomically(out / path, content)
    made = _made(out, found)
    print(orjson.dumps(made).decode() if json else _described(made))
    return 0


def _made(out: Path, found: dict[str, bytes]) -> dict[str, Any]:
    checkpoint = Checkpoint.parse(note.split(found["checkpoint"])[0])
    return {
        "directory": str(out),
        "events": found["events.jsonl"].count(b"\n"),
        "files": len(found),
        "log": checkpoint.origin,
        "size": checkpoint.size,
        "digest": sha256(archive(found)).hexdigest(),
    }


def _described(made: dict[str, Any]) -> str:
    return (
        f"{made['events']} events in {made['files']} files, as signed at {made['size']} events\n"
        f"again the same: --size {made['size']}; verify: python3 {made['directory']}/verify.py"
    )


async def _files(numbers: tuple[str, ...], size: int | None, data: Path | None) -> dict[str, bytes]:
    if server := Elsewhere.of(data):
        with server:
            return server.export(numbers, size)
    async with open_question(data) as question:
        return await export_recorded(question, numbers, size, now())
