"""How the C2SP formats write hashes and numbers; anything but the one canonical form is refused."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error

from services.proofs.tree import HASH_BYTES, ProofError

MAXIMUM_NUMBER = 2**63 - 1


def to_base64(data: bytes) -> str:
    """RFC 4648 §4, padded."""
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Undo `to_base64`; ProofError for anything it would not have written."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (Error, ValueError):
        raise ProofError("a text is not base64") from None
    if b64encode(data).decode() != text:
        raise ProofError("a text is not in the canonical form of base64")
    return data


def to_hash(text: str) -> bytes:
    """The hash that a line holds."""
    data = from_base64(text)
    if len(data) != HASH_BYTES:
        raise ProofError(f"a hash is of {len(data)} bytes, not {HASH_BYTES}")
    return data


def to_number(text: str) -> int:
    """A decimal number without leading zeros; ProofError otherwise."""
    if not (text.isascii() and text.isdecimal()) or (text[0] == "0" and text != "0"):
        raise ProofError("a number is not in the canonical decimal form")
    if len(text) > 19 or int(text) > MAXIMUM_NUMBER:
        raise ProofError("a number is too large")
    return int(text)
