"""Cosignatures v1 (C2SP tlog-cosignature, Ed25519): at that time this was the largest tree seen.

The signature is a time, seconds since 1970 in eight bytes, and an Ed25519 signature of a heading,
that time and the checkpoint's text.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.proofs.encoding import MAXIMUM_NUMBER
from services.proofs.note import (
    ED25519,
    NoteError,
    NoteVerifier,
    check_name,
    ed25519_holds,
    key_id,
    split_key,
    write_key,
)

COSIGNATURE = 0x04
TIME_BYTES = 8


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """A cosigner's public key."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, COSIGNATURE, self.public_key)

    def holds(self, text: str, signature: bytes) -> bool:
        if len(signature) != TIME_BYTES + 64:
            return False
        seconds = cosigned_at(signature)
        if not 0 < seconds <= MAXIMUM_NUMBER:
            return False
        return ed25519_holds(self.public_key, _message(text, seconds), signature[TIME_BYTES:])

    def __str__(self) -> str:
        return write_key(self.name, COSIGNATURE, self.public_key)


def cosigned_at(signature: bytes) -> int:
    """When a cosignature says it was made, in seconds since 1970."""
    return int.from_bytes(signature[:TIME_BYTES], "big")


class Cosigner:
    """Cosigns checkpoints as of one moment. Whether it may is decided in `witness.py`."""

    def __init__(self, name: str, seed: bytes, seconds: int = 0) -> None:
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seconds = seconds
        public_key = self._key.public_key().public_bytes_raw()
        self.verifier = CosignatureVerifier(check_name(name), public_key)

    def at(self, seconds: int) -> Cosigner:
        """The same cosigner at another moment."""
        return Cosigner(self.name, self._seed, seconds)

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    def sign(self, text: str) -> bytes:
        if not 0 < self._seconds <= MAXIMUM_NUMBER:
            raise NoteError("a cosignature needs its time")
        signature = self._key.sign(_message(text, self._seconds))
        return self._seconds.to_bytes(TIME_BYTES, "big") + signature


def read_any_key(text: str) -> NoteVerifier | CosignatureVerifier:
    """The verifier of a log's or a cosigner's key; NoteError for anything else."""
    name, kind, public_key = split_key(text)
    if kind == ED25519:
        return NoteVerifier(name, public_key)
    if kind == COSIGNATURE:
        return CosignatureVerifier(name, public_key)
    raise NoteError("this kind of key is not known here")
