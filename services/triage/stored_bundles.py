"""Bundles in Postgres, stored by their hash; bytes that do not match their hash are never used."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from services.triage.domain.bundle import BundleError

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection

SHORTEST_PREFIX = 8


class WrongHashError(BundleError):
    """The stored bytes do not match their hash: they were altered."""


async def put(connection: Connection, content: bytes, moment: datetime) -> str:
    """Store a bundle; gives its hash. A repeat changes nothing."""
    digest = sha256(content).hexdigest()
    await connection.execute(
        "insert into bundles (digest, content, stored_at) values (%s, %s, %s)"
        " on conflict do nothing",
        [digest, content, moment],
    )
    return digest


async def load(connection: Connection, digest: str) -> bytes:
    """The bytes of a bundle; BundleError when there are none, WrongHashError when they differ."""
    cursor = await connection.execute("select content from bundles where digest = %s", [digest])
    row = await cursor.fetchone()
    if row is None:
        raise BundleError(f"there is no bundle {digest}")
    content = bytes(row[0])
    if (found := sha256(content).hexdigest()) != digest:
        raise WrongHashError(f"the bundle {digest} is stored as bytes of the hash {found}: refused")
    return content


async def with_prefix(connection: Connection, prefix: str) -> str:
    """The hash with this prefix; BundleError unless there is exactly one."""
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        raise BundleError(f"{prefix}: neither a file nor the beginning of a hash")
    cursor = await connection.execute(
        "select digest from bundles where starts_with(digest, %s)", [prefix]
    )
    found = [row[0] for row in await cursor.fetchall()]
    if len(found) != 1:
        raise BundleError(f"{len(found)} stored bundles begin with {prefix}")
    return str(found[0])
