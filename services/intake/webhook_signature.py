"""Signatures of deliveries: HMAC-SHA256 (RFC 2104) over the time, a dot and the body."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

TOLERANCE_SECONDS = 300
VERSION = "v1="
DECOY = bytes(32)
"""Secret to verify against when there is none, so that an unknown inlet takes the same time."""


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """The value of `Blotter-Signature` for a body sent at this time, seconds since 1970."""
    message = timestamp.encode("utf-8", "surrogatepass") + b"." + body
    return VERSION + hmac.digest(secret, message, "sha256").hex()


def is_genuine(
    secret: bytes | None, timestamp: str, signatures: str, body: bytes, now: datetime
) -> bool:
    """Whether one of the signatures (comma between) is right, and the time not too far off."""
    right = signature(secret or DECOY, timestamp, body).encode()
    given = [one.strip().encode("utf-8", "surrogatepass") for one in signatures.split(",")[:5]]
    matches = [hmac.compare_digest(right, one) for one in given]
    return secret is not None and any(matches) and _is_recent(timestamp, now)


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE_SECONDS
