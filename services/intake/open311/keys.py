"""API keys of applications. Only a key's hash is stored; a key is shown once, when it is made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from services.runtime.database import Connection

PREFIX = "o311_"
LONGEST = 200
SCHEMA = "intake"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as a list shows it."""

    key_id: str
    label: str
    made_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


async def add(connection: Connection, label: str, now: datetime) -> tuple[str, str]:
    """A new key: its id, and the key itself."""
    key, key_id = PREFIX + secrets.token_urlsafe(24), secrets.token_hex(4)
    await connection.execute(
        "insert into open311_keys (key_id, key_hash, label, made_at) values (%s, %s, %s, %s)",
        [key_id, _hash(key), label, now],
    )
    return key_id, key


async def every(connection: Connection) -> list[KeyRow]:
    """All keys, revoked ones too, the oldest first."""
    cursor = await connection.execute(
        "select key_id, label, made_at, last_used_on, revoked_at from open311_keys"
        " order by made_at, key_id"
    )
    return [KeyRow(*row) for row in await cursor.fetchall()]


async def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """Revoke a key at once; False when no valid key has this id."""
    cursor = await connection.execute(
        "update open311_keys set revoked_at = %s where key_id = %s and revoked_at is null",
        [now, key_id],
    )
    return cursor.rowcount == 1


async def recognise(connection: Connection, key: str | None, now: datetime) -> str | None:
    """The id of a valid key; None for anything else. Records the day of use."""
    if not key or len(key) > LONGEST:
        return None
    cursor = await connection.execute(
        "select key_id, last_used_on from open311_keys where key_hash = %s and revoked_at is null",
        [_hash(key)],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if row[1] != now.date():
        await connection.execute(
            "update open311_keys set last_used_on = %s where key_id = %s", [now.date(), row[0]]
        )
    return str(row[0])
