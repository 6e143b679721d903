"""Key-encryption keys, one an epoch, in files outside the database so that they can be destroyed.

A wrapped subject key lives on in dead rows, the write-ahead log and backups. Only when the key it
was wrapped with is gone, which was never in the database, are all those copies worthless (ADR 5).
Each file holds its epoch's key encrypted under the master key; epoch 0 is the master key itself.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from pathlib import Path

NONCE_BYTES = 12
KEY_BYTES = 32


class EpochGoneError(Exception):
    """The key of this epoch is destroyed or was never here: what it wrapped cannot be read."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"the key of epoch {epoch} is not here")


class Epochs:
    """The keys of all epochs in one directory; without a directory there is only epoch 0."""

    def __init__(self, directory: Path | None, master_key: bytes) -> None:
        self._directory = directory
        self._master_key = master_key
        self._known: dict[int, bytes] = {0: master_key}

    @property
    def lasting(self) -> bool:
        """Whether there is a directory, so that keys other than the master key can be made."""
        return self._directory is not None

    def newest(self) -> int:
        """The epoch that new keys are wrapped in."""
        return max(self.kept())

    def kept(self) -> list[int]:
        """The epochs whose keys are here, the master key's included."""
        if self._directory is None or not self._directory.is_dir():
            return [0]
        return sorted({0} | {int(file.stem) for file in self._directory.glob("[0-9]*.key")})

    def key(self, epoch: int) -> bytes:
        """The key of an epoch; EpochGoneError when it is destroyed."""
        if epoch not in self._known:
            self._known[epoch] = self._read(epoch)
        return self._known[epoch]

    def make(self, epoch: int) -> None:
        """Make the key of a new epoch; it is on the disk when this returns."""
        key = os.urandom(KEY_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        box = nonce + AESGCM(self._master_key).encrypt(nonce, key, _place(epoch))
        file = self._file(epoch)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file, b64encode(box) + b"\n", os.O_CREAT | os.O_EXCL)
        sync_directory(file.parent)

    def destroy(self, epoch: int) -> None:
        """Overwrite and remove the file of an epoch's key; a repeat does nothing."""
        if epoch == 0:
            raise ValueError("epoch 0 is the master key: replace it where it is kept")
        self._known.pop(epoch, None)
        file = self._file(epoch)
        if file.exists():
            _write(file, os.urandom(file.stat().st_size), 0)
            file.unlink()
            sync_directory(file.parent)

    def _read(self, epoch: int) -> bytes:
        try:
            box = b64decode(self._file(epoch).read_bytes())
        except (FileNotFoundError, ValueError):
            raise EpochGoneError(epoch) from None
        return AESGCM(self._master_key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _place(epoch))

    def _file(self, epoch: int) -> Path:
        if self._directory is None:
            raise EpochGoneError(epoch)
        return self._directory / f"{epoch:06d}.key"


def _place(epoch: int) -> bytes:
    return f"epoch {epoch}".encode()


def _write(file: Path, content: bytes, flags: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | flags, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())


def sync_directory(directory: Path) -> None:
    """Flush a directory, so that added and removed file names survive a crash."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
