"""The telephone systems that may send events, each with a secret that signs them."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
PREFIX = "blotter_telephone_"


def _place(name: str) -> str:
    return f"telephone-system/{name}"


async def add(connection: Connection, keyring: Keyring, name: str, now: datetime) -> str | None:
    """A new system: its secret, shown once; None when the name is bad or taken."""
    if not NAME.fullmatch(name):
        return None
    secret = PREFIX + secrets.token_urlsafe(32)
    cursor = await connection.execute(
        "insert into telephone_systems (name, secret, made_at) values (%s, %s, %s)"
        " on conflict do nothing",
        [name, keyring.encrypt(secret.encode(), _place(name)), now],
    )
    return secret if cursor.rowcount else None


async def revoke(connection: Connection, name: str, now: datetime) -> bool:
    """Revoke a system at once; False when no open one has this name."""
    cursor = await connection.execute(
        "update telephone_systems set revoked_at = %s where name = %s and revoked_at is null",
        [now, name],
    )
    return cursor.rowcount == 1


async def secret_of(connection: Connection, keyring: Keyring, name: str) -> bytes | None:
    """The secret of the open system of this name."""
    if not NAME.fullmatch(name):
        return None
    cursor = await connection.execute(
        "select secret from telephone_systems where name = %s and revoked_at is null", [name]
    )
    row = await cursor.fetchone()
    return keyring.decrypt(bytes(row[0]), _place(name)) if row else None
