"""The files of an export, all in memory: some events with their proofs, never the whole ledger."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

import orjson

from events.registry import EVENTS
from events.schema import as_bytes, published
from services.ledger.proofs import keys, paths
from services.proofs import note, receipt
from services.proofs.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.runtime.database import Connection

Files = dict[str, bytes]
SIGNED_SQL = "select note from signed_checkpoints where size = %s order by number desc limit 1"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: its own would make other bytes each time."""
PERMISSIONS = 0o644 << 16
GUIDE = "VERIFY.md"
PROGRAM = "verify.py"


class NotSignedError(Exception):
    """There is no checkpoint of that size."""


async def checkpoint_of(connection: Connection, size: int) -> str:
    """The checkpoint that was signed at that size; NotSignedError when none was."""
    cursor = await connection.execute(SIGNED_SQL, [size])
    row = await cursor.fetchone()
    if row is None:
        raise NotSignedError(f"no checkpoint of {size} events was signed")
    return str(row[0])


async def bundle(
    connection: Connection, signed: str, stored: Mapping[int, bytes], view: Mapping[str, Any]
) -> Files:
    """Events by position, each with its proof under that checkpoint; `view` is added as given.

    The same arguments give the same bytes.
    """
    checkpoint = Checkpoint.parse(note.split(signed)[0])
    positions = sorted(stored)
    found: Files = {
        "checkpoint": signed.encode(),
        "events.jsonl": b"".join(stored[position] + b"\n" for position in positions),
        "view.json": _json(dict(view)),
        "keys/log.keys": await _keys(connection, signed),
    }
    for position in positions:
        path = await paths.inclusion(connection, position, checkpoint.size)
        text = receipt.write(receipt.Receipt(position, path, signed))
        found[f"proofs/{position:012}.tlog-proof"] = text.encode()
    found |= _schemas(stored.values())
    here = files(__package__)
    found |= {name: (here / name).read_bytes() for name in (GUIDE, PROGRAM)}
    return found | {"manifest.json": _manifest(found)}


async def _keys(connection: Connection, signed: str) -> bytes:
    """The keys of those who signed this checkpoint, of all there ever were."""
    signers = {(line.name, line.key_id) for line in note.split(signed)[1]}
    listed = [note.read_key(key.verifier) for key in await keys.listed(connection)]
    return "".join(f"{each}\n" for each in listed if (each.name, each.key_id) in signers).encode()


def _schemas(bodies: Iterable[bytes]) -> Files:
    """Of the events in the export, as far as they are still written today."""
    names = {orjson.loads(body)["type"] for body in bodies}
    return {
        f"schemas/{name}.json": as_bytes(published(name, EVENTS[name]))
        for name in sorted(names & set(EVENTS))
    }


def _manifest(found: Files) -> bytes:
    digests = {path: sha256(content).hexdigest() for path, content in found.items()}
    return _json({"format": "blotter-export-v1", "files": digests})


def _json(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def archive(found: Files) -> bytes:
    """One zip of the files. Not compressed: other versions of zlib make other bytes."""
    whole = BytesIO()
    with ZipFile(whole, "w") as zip_:
        for path in sorted(found):
            entry = ZipInfo(path, EPOCH)
            entry.external_attr = PERMISSIONS
            entry.create_system = 3
            zip_.writestr(entry, found[path])
    return whole.getvalue()
