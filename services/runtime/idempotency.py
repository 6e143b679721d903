"""`Idempotency-Key`: a repeated request gets the first answer, another body is refused.

Source: draft-ietf-httpapi-idempotency-key-header. The answer is stored encrypted, for it may hold a
PIN, in the transaction of its effects, and expires after a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from services.runtime.clock import new_id
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

KEPT = timedelta(days=1)
LONGEST_KEY = 200
COMMANDS = UUID("0f9c9d5e-3b1e-5e0f-8a52-5b7b3f0f4d21")
"""Name space of the ids of commands that bring a key."""


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


async def once(
    connection: Connection,
    keyring: Keyring,
    key: IdempotencyKey | None,
    moment: datetime,
    work: Callable[[UUID], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """The answer of `work(command_id)`; under a key the first answer, however often it is asked.

    Within the caller's transaction, so that the answer is kept with the effects. ProblemError when
    the key came with another request.
    """
    if key is None:
        return await work(new_id())
    if before := await answer_to(connection, keyring, key, moment):
        answer: dict[str, Any] = orjson.loads(before)
        return answer
    # The moment is part of it: a key that comes again after its answer is forgotten is new.
    answer = await work(uuid5(COMMANDS, f"{key.place}/{moment}"))
    await remember(connection, keyring, key, orjson.dumps(answer), moment)
    return answer
