"""`Idempotency-Key`: a repeated request gets the first answer, another body is refused.

Source: draft-ietf-httpapi-idempotency-key-header. The answer is stored encrypted, for it may hold a
PIN, in the transaction of its effects, and expires after a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

KEPT = timedelta(days=1)
LONGEST_KEY = 200


class KeyReusedError(ProblemError):
    """422: another request was answered under this key before."""

    def __init__(self) -> None:
        super().__init__(
            422,
            "idempotency-key-reused",
            "This Idempotency-Key came with another request before",
            "Use a new key for a new request.",
        )


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Whose key, which key, what was asked under it, and how long its answer is kept."""

    actor: str
    key: str
    request: bytes
    kept: timedelta = KEPT

    @property
    def digest(self) -> bytes:
        """What was asked, as SHA-256."""
        return sha256(self.request).digest()

    @property
    def place(self) -> str:
        """What the stored answer is bound to."""
        return f"idempotency/{self.actor}/{self.key}"


async def answer_to(
    connection: Connection, keyring: Keyring, key: IdempotencyKey, now: datetime
) -> bytes | None:
    """The first answer, if there was one; ProblemError 422 when the request was another.

    Takes a lock on the key until commit, so that two equal requests at once are one.
    """
    if len(key.key) > LONGEST_KEY:
        raise ProblemError(400, "idempotency-key", "Idempotency-Key is longer than 200 characters")
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key.place])
    cursor = await connection.execute(
        "select request, answer from idempotency where actor = %s and key = %s and expires_at > %s",
        [key.actor, key.key, now],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if bytes(row[0]) != key.digest:
        raise KeyReusedError
    return keyring.decrypt(bytes(row[1]), key.place)


async def remember(
    connection: Connection, keyring: Keyring, key: IdempotencyKey, answer: bytes, now: datetime
) -> None:
    """Keep the answer with the effects; expired ones of other requests are swept away."""
    await connection.execute("delete from idempotency where expires_at <= %s", [now])
    await connection.execute(
        "insert into idempotency (actor, key, request, answer, expires_at)"
        " values (%s, %s, %s, %s, %s)",
        [key.actor, key.key, key.digest, keyring.encrypt(answer, key.place), now + key.kept],
    )
