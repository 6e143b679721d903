"""The cosigner's own key, in a file that only its owner reads: `PRIVATE+KEY+name+id+key`."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from services.proofs.cosignature import COSIGNATURE, Cosigner
from services.proofs.encoding import to_base64
from services.proofs.note import NoteError, split_secret_key

if TYPE_CHECKING:
    from pathlib import Path


class OwnKeyError(Exception):
    """There is no usable key in the file; the message says which file and why."""


def make_key(file: Path, name: str) -> Cosigner:
    """A new key in a new file, on the disk when this returns; OwnKeyError where one is already."""
    try:
        made = Cosigner(name, seed := secrets.token_bytes(32))
    except NoteError as error:
        raise OwnKeyError(str(error)) from None
    line = f"PRIVATE+KEY+{name}+{made.key_id.hex()}+{to_base64(bytes([COSIGNATURE]) + seed)}\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OwnKeyError(f"{file} exists: a key is never written over") from None
    with os.fdopen(descriptor, "w") as output:
        output.write(line)
        output.flush()
        os.fsync(output.fileno())
    return made


def read_key(file: Path) -> Cosigner:
    """The key in a file; OwnKeyError when it is none, or not its own."""
    try:
        name, key_id, kind, seed = split_secret_key(file.read_text())
        found = Cosigner(name, seed)
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise OwnKeyError(f"{file} holds no cosigner's key: {error}") from None
    if kind != COSIGNATURE or key_id != found.key_id.hex():
        raise OwnKeyError(f"{file} holds no cosigner's key: it is of another kind, or damaged")
    return found
