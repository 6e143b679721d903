"""Signed notes (C2SP signed-note): a text and signature lines, Ed25519.

A verifier key is `name+key id+base64(type, public key)`. Signatures of keys one does not know are
passed over, which is what lets keys be exchanged and cosigners be added; one of a known key that
does not fit spoils the note.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.proofs.encoding import from_base64, to_base64
from services.proofs.tree import ProofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ED25519 = 0x01
MAXIMUM_BYTES = 1_000_000
MAXIMUM_SIGNATURES = 64
DASH = "\N{EM DASH} "


class NoteError(ProofError):
    """Not a note, or not signed by anybody known."""


class Verifier(Protocol):
    """A key whose signatures are checked."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def holds(self, text: str, signature: bytes) -> bool:
        """Whether they signed the text."""
        ...


class Signer(Protocol):
    """A private key that signs."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def sign(self, text: str) -> bytes:
        """Their signature of the text."""
        ...


def check_name(name: str) -> str:
    """The name, if a key may have it; NoteError otherwise."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise NoteError("a key's name is empty or holds a space, a plus or a control character")
    return name


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """The four bytes that stand for a key in a signature line."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def ed25519_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (RFC 8032) is that key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """An Ed25519 key for plain notes: a log's own."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519, self.public_key)

    def holds(self, text: str, signature: bytes) -> bool:
        return ed25519_holds(self.public_key, text.encode(), signature)

    def __str__(self) -> str:
        return write_key(self.name, ED25519, self.public_key)


class NoteSigner:
    """The private half, from its 32-byte seed."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = NoteVerifier(check_name(name), self._key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    def sign(self, text: str) -> bytes:
        return self._key.sign(text.encode())


def write_key(name: str, kind: int, public_key: bytes) -> str:
    """A verifier key as one gives it to others."""
    material = to_base64(bytes([kind]) + public_key)
    return f"{name}+{key_id(name, kind, public_key).hex()}+{material}"


def split_key(text: str) -> tuple[str, int, bytes]:
    """Name, kind and public key of a verifier key; NoteError when it is none, or its id is not its
    own."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise NoteError("a verifier key has the form name+id+key")
    name, material = check_name(parts[0]), from_base64(parts[2])
    if len(material) != 33:
        raise NoteError("a verifier key holds no Ed25519 key")
    kind, public_key = material[0], material[1:]
    if parts[1] != key_id(name, kind, public_key).hex():
        raise NoteError("a verifier key's id is not that of its name and key")
    return name, kind, public_key


def split_secret_key(text: str) -> tuple[str, str, int, bytes]:
    """Name, id, kind and seed of a private key as other tools write it too; NoteError when it is
    none."""
    parts = text.strip().split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise NoteError("a private key has the form PRIVATE+KEY+name+id+key")
    material = from_base64(parts[4])
    if len(material) != 33:
        raise NoteError("a private key holds no seed of Ed25519")
    return check_name(parts[2]), parts[3], material[0], material[1:]


def read_key(text: str) -> NoteVerifier:
    """The verifier of a log's key; NoteError when it is another kind or none."""
    name, kind, public_key = split_key(text)
    if kind != ED25519:
        raise NoteError("this is not the key of a log")
    return NoteVerifier(name, public_key)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line under a note."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> SignatureLine:
        """One line without its newline; NoteError when it is none."""
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH):
            raise NoteError("a signature line does not begin with a dash")
        data = from_base64(encoded)
        if len(data) < 5:
            raise NoteError("a signature is too short")
        return cls(check_name(name), data[:4], data[4:])


def sign(text: str, signers: Sequence[Signer]) -> str:
    """The note of `text`, signed by each."""
    _check_text(text)
    return f"{text}\n" + "".join(str(line) for line in signature_lines(text, signers))


def signature_lines(text: str, signers: Iterable[Signer]) -> list[SignatureLine]:
    """The lines that `sign` puts beneath a text."""
    return [SignatureLine(each.name, each.key_id, each.sign(text)) for each in signers]


@dataclass(frozen=True, slots=True)
class Verified:
    """A note with the known signatures that were found under it."""

    text: str
    by: tuple[Verifier, ...]
    lines: tuple[SignatureLine, ...]


def verify(note: str | bytes, verifiers: Iterable[Verifier]) -> Verified:
    """The note's text and who of `verifiers` signed it; NoteError when nobody did, or one of them
    did not sign this."""
    text, lines = split(note)
    known = {(each.name, each.key_id): each for each in verifiers}
    by: dict[tuple[str, bytes], Verifier] = {}
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            continue
        if not verifier.holds(text, line.signature):
            raise NoteError(f"the signature of {line.name} is not of this text")
        by[line.name, line.key_id] = verifier
    if not by:
        raise NoteError("no known key signed this note")
    return Verified(text, tuple(by.values()), tuple(lines))


def split(note: str | bytes) -> tuple[str, list[SignatureLine]]:
    """Text and signature lines, nothing verified yet; NoteError when it is no note."""
    if len(note) > MAXIMUM_BYTES:
        raise NoteError("a note of that length is refused")
    try:
        whole = (note if isinstance(note, bytes) else note.encode()).decode()
    except UnicodeError:
        raise NoteError("a note is UTF-8") from None
    body, found, signatures = whole.rpartition("\n\n")
    if not found or not signatures.endswith("\n"):
        raise NoteError("a note is a text, an empty line and signature lines")
    text = body + "\n"
    _check_text(text)
    lines = signatures[:-1].split("\n")
    if len(lines) > MAXIMUM_SIGNATURES:
        raise NoteError("a note with that many signatures is refused")
    return text, [SignatureLine.parse(line) for line in lines]


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("a note's text ends with a newline")
    if any(c < " " and c != "\n" for c in text):
        raise NoteError("a note holds no control characters")
