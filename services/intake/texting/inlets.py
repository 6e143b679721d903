"""Text inlets: one for each provider and channel, with a secret for deliveries and a key for
replies.

The secret is stored sealed, because verifying a signature needs it; of the key only a hash is
stored. The last known secrets are kept in memory, so that genuine deliveries are still answered
when Postgres is unavailable.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SECRET_PREFIX, KEY_PREFIX = "blotter_inlet_", "blotter_replies_"
Kind = Literal["sms", "email"]
Replies = Literal["answer", "fetch"]


class InletError(Exception):
    """The inlet cannot be added or found; the message says why."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """One text inlet."""

    name: str
    channel: Kind
    secret: bytes
    exercise: bool
    replies: Replies
    """answer: the reply is the webhook's answer; fetch: the adapter polls for replies."""


@dataclass(frozen=True, slots=True)
class InletRow:
    """An inlet as a list shows it."""

    name: str
    channel: str
    exercise: bool
    replies: str
    made_at: datetime
    revoked_at: datetime | None


def _place(name: str) -> str:
    return f"text-inlet/{name}"


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


async def add(
    connection: Connection,
    keyring: Keyring,
    name: str,
    channel: Kind,
    now: datetime,
    *,
    exercise: bool = False,
    replies: Replies = "answer",
) -> tuple[str, str]:
    """A new inlet: its secret and its key, each shown once. InletError when the name is taken."""
    if not NAME.fullmatch(name):
        raise InletError("an inlet's name is made of a-z, 0-9 and -, at most 63 of them")
    secret, key = (prefix + secrets.token_urlsafe(32) for prefix in (SECRET_PREFIX, KEY_PREFIX))
    sealed = keyring.encrypt(secret.encode(), _place(name))
    cursor = await connection.execute(
        "insert into text_inlets (name, channel, secret, key_hash, exercise, replies, made_at)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [name, channel, sealed, _hash(key), exercise, replies, now],
    )
    if not cursor.rowcount:
        raise InletError(f"there is an inlet {name}: a name is given once")
    return secret, key


async def every(connection: Connection) -> list[InletRow]:
    """All inlets, revoked ones too."""
    cursor = await connection.execute(
        "select name, channel, exercise, replies, made_at, revoked_at from text_inlets"
        " order by name"
    )
    return [InletRow(*row) for row in await cursor.fetchall()]


async def revoke(connection: Connection, name: str, now: datetime) -> bool:
    """Revoke an inlet at once; False when no open one has this name."""
    cursor = await connection.execute(
        "update text_inlets set revoked_at = %s where name = %s and revoked_at is null",
        [now, name],
    )
    return cursor.rowcount == 1


async def find(connection: Connection, keyring: Keyring, name: str) -> Inlet | None:
    """The open inlet of this name."""
    if not NAME.fullmatch(name):
        return None
    cursor = await connection.execute(
        "select channel, secret, exercise, replies from text_inlets"
        " where name = %s and revoked_at is null",
        [name],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    channel, sealed, exercise, replies = row
    return Inlet(name, channel, keyring.decrypt(bytes(sealed), _place(name)), exercise, replies)


async def opens(connection: Connection, name: str, key: str) -> bool:
    """Whether this key gives access to the outgoing messages of this inlet."""
    if not NAME.fullmatch(name):
        return False
    cursor = await connection.execute(
        "select 1 from text_inlets where name = %s and key_hash = %s and revoked_at is null",
        [name, _hash(key)],
    )
    return await cursor.fetchone() is not None


@dataclass(slots=True)
class InletCache:
    """Inlets as last read from Postgres, used while Postgres is unavailable."""

    inlets: dict[str, Inlet] = field(default_factory=dict)

    def note(self, name: str, inlet: Inlet | None) -> None:
        """Store what Postgres returned for this name."""
        if inlet is None:
            self.inlets.pop(name, None)
        else:
            self.inlets[name] = inlet
