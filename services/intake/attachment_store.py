"""Contents of attached files on disk, each encrypted under its report's key.

A content is flushed to disk before the event that names it commits; the sweep removes contents that
no event names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NONCE_BYTES = 12
UNFINISHED = ".part"


def lock_away(content: bytes, key: bytes, attachment_id: UUID) -> bytes:
    """The content encrypted under the report's key, with the attachment's id as associated data."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, _place(attachment_id))


def unlock(box: bytes, key: bytes, attachment_id: UUID) -> bytes:
    """Decrypt the result of `lock_away`; InvalidTag when altered or another file's."""
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _place(attachment_id))


def _place(attachment_id: UUID) -> bytes:
    return f"attachment/{attachment_id}".encode()


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """The directory of contents; without a directory no file is accepted."""

    directory: Path | None = None

    @property
    def open(self) -> bool:
        """Whether files are accepted."""
        return self.directory is not None

    def put(self, attachment_id: UUID, box: bytes) -> None:
        """Store the content; it is flushed to disk on return. OSError when that fails."""
        file = self._file(attachment_id)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_suffix(f".{os.urandom(8).hex()}{UNFINISHED}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as writing:
                writing.write(box)
                writing.flush()
                os.fsync(writing.fileno())
            part.replace(file)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, attachment_id: UUID) -> bytes:
        """The stored, encrypted content; FileNotFoundError when there is none."""
        return self._file(attachment_id).read_bytes()

    def remove(self, attachment_id: UUID) -> None:
        """Delete the content; a repeat does nothing."""
        self._file(attachment_id).unlink(missing_ok=True)

    def older_than(self, moment: float) -> Iterator[UUID]:
        """The contents last written before this time, in seconds since 1970."""
        for file in self.directory.glob("*/*") if self.directory else ():
            if file.stat().st_mtime >= moment:
                continue
            if file.name.endswith(UNFINISHED):
                file.unlink(missing_ok=True)
            else:
                yield UUID(file.name)

    def _file(self, attachment_id: UUID) -> Path:
        if self.directory is None:
            raise FileNotFoundError("no directory for attachments: set BLOTTER_ATTACHMENTS")
        name = str(attachment_id)
        return self.directory / name[-2:] / name
