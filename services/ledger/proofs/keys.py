"""The log's own keys: made at first need, sealed under the master key, listed for ever."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs.note import NoteSigner

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

LOCK = 0x6B657973
"""Advisory lock that keeps two makers of keys apart."""
KEYS_SQL = """
select verifier, sealed, signs_from, signs_until from log_keys
left join log_keys_ended using (verifier) order by signs_from, verifier
"""


@dataclass(frozen=True, slots=True)
class LogKey:
    """The public part of a key of the log."""

    verifier: str
    signs_from: datetime
    signs_until: datetime | None


async def listed(connection: Connection) -> list[LogKey]:
    """Every key there ever was, the oldest first."""
    cursor = await connection.execute(KEYS_SQL.encode())
    return [LogKey(verifier, since, until) for verifier, _, since, until in await cursor.fetchall()]


async def signers(
    connection: Connection, keyring: Keyring, origin: str, now: datetime
) -> list[NoteSigner]:
    """The keys that sign at this moment; the first one is made here. In a transaction."""
    await connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    cursor = await connection.execute(KEYS_SQL.encode())
    found = [
        _opened(keyring, verifier, bytes(sealed))
        for verifier, sealed, _, until in await cursor.fetchall()
        if until is None or until > now
    ]
    return found or [await _make(connection, keyring, origin, now)]


async def rotate(
    connection: Connection, keyring: Keyring, origin: str, now: datetime, both_for: timedelta
) -> LogKey:
    """A new key; those that sign now do so together with it for a time, then no more."""
    async with connection.transaction():
        current = await signers(connection, keyring, origin, now)
        await connection.execute(
            "insert into log_keys_ended (verifier, signs_until)"
            " select v, %s from unnest(%s::text[]) v on conflict do nothing",
            [now + both_for, [str(signer.verifier) for signer in current]],
        )
        made = await _make(connection, keyring, origin, now)
    return LogKey(str(made.verifier), now, None)


async def _make(connection: Connection, keyring: Keyring, origin: str, now: datetime) -> NoteSigner:
    seed = secrets.token_bytes(32)
    made = NoteSigner(origin, seed)
    verifier = str(made.verifier)
    await connection.execute(
        "insert into log_keys (verifier, sealed, signs_from) values (%s, %s, %s)",
        [verifier, keyring.encrypt(seed, f"log key {verifier}"), now],
    )
    return made


def _opened(keyring: Keyring, verifier: str, sealed: bytes) -> NoteSigner:
    """InvalidTag when the row was replaced: what is sealed belongs to its verifier."""
    name = verifier.partition("+")[0]
    return NoteSigner(name, keyring.decrypt(sealed, f"log key {verifier}"))
