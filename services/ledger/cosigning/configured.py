"""Who cosigns for us: a file with a public key and an address a line, made by people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.proofs.cosignature import CosignatureVerifier, read_any_key
from services.proofs.note import NoteError

if TYPE_CHECKING:
    from pathlib import Path


class ConfiguredError(Exception):
    """A line of the file names no cosigner; the message says which line."""


@dataclass(frozen=True, slots=True)
class OtherOffice:
    """A cosigner's key, as it gave it to us out of band, and where it answers."""

    verifier: CosignatureVerifier
    url: str

    @property
    def key(self) -> str:
        """The key as it is written down."""
        return str(self.verifier)


def read_configured(file: Path | None) -> list[OtherOffice]:
    """The cosigners in a file; none without one. `#` begins a comment."""
    if file is None or not file.exists():
        return []
    found: dict[str, OtherOffice] = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if text := line.partition("#")[0].strip():
            try:
                office = _office(text)
            except (NoteError, ValueError) as error:
                raise ConfiguredError(f"{file.name}, line {number}: {error}") from None
            found[office.key] = office
    return list(found.values())


def _office(text: str) -> OtherOffice:
    key, *rest = text.split()
    verifier = read_any_key(key)
    if not isinstance(verifier, CosignatureVerifier):
        raise NoteError("this is the key of a log, not of a cosigner")
    if len(rest) != 1 or urlsplit(rest[0]).scheme not in ("http", "https"):
        raise NoteError("a cosigner is a key, a space and an address that begins with http")
    return OtherOffice(verifier, rest[0].rstrip("/"))
