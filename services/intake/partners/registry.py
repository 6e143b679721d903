"""The partners, and the tokens by which they send over HTTP. Only hashes of tokens are stored.

A token gives access to one partner's inlet only. A token for exercises only is for developers: it
cannot file a live report.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from services.runtime.clock import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
BAD_NAME = "a partner's name is made of a-z, 0-9 and -, at most 63 of them"
PREFIX = "blotter_partner_"
LIVES_SQL = "(ends_at is null or ends_at > %(now)s)"

LISTED_SQL = f"""
select p.name, p.label, p.answers_for, p.added_at,
       (select count(*) from partner_answers a where a.partner = p.name and a.status = 'accepted')
         as accepted,
       (select count(*) from dead_letters d where d.partner = p.name and d.replayed_at is null)
         as dead_letters,
       coalesce((select jsonb_agg(jsonb_build_object(
           'token_id', t.token_id, 'exercise_only', t.exercise_only, 'made_at', t.made_at,
           'ends_at', t.ends_at, 'last_used_on', t.last_used_on) order by t.made_at)
         from partner_tokens t where t.partner = p.name and {LIVES_SQL}), '[]') as tokens
from partners p order by p.name
"""  # noqa: S608 - the only substitution is our own constant


class PartnerError(Exception):
    """The partner cannot be added, found or given a token; the message says why."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The partner of a token, and whether the token is for exercises only."""

    partner: str
    exercise_only: bool


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token, shown once, and the id by which it can be revoked."""

    token_id: UUID
    secret: str


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


async def add(
    connection: Connection, name: str, label: str, answers_for: Sequence[str], now: datetime
) -> None:
    """Add a partner; PartnerError when its name is taken or cannot be part of a topic's."""
    if not NAME.fullmatch(name):
        raise PartnerError(BAD_NAME)
    cursor = await connection.execute(
        "insert into partners (name, label, answers_for, added_at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        [name, label, list(answers_for), now],
    )
    if not cursor.rowcount:
        raise PartnerError(f"there is a partner {name}: `rotate` gives it another token")


async def make_token(
    connection: Connection, partner: str, now: datetime, *, exercise_only: bool = False
) -> NewToken:
    """Create a further token; PartnerError when there is no such partner."""
    await _must_exist(connection, partner)
    token = NewToken(new_id(), PREFIX + secrets.token_urlsafe(32))
    await connection.execute(
        "insert into partner_tokens (token_id, token_hash, partner, exercise_only, made_at)"
        " values (%s, %s, %s, %s, %s)",
        [token.token_id, _hash(token.secret), partner, exercise_only, now],
    )
    return token


async def rotate(
    connection: Connection, partner: str, now: datetime, old_ends_at: datetime
) -> NewToken:
    """Create a token; the valid live ones expire at `old_ends_at` at the latest."""
    token = await make_token(connection, partner, now)
    await connection.execute(
        "update partner_tokens set ends_at = least(ends_at, %s)"
        " where partner = %s and token_id <> %s and not exercise_only",
        [old_ends_at, partner, token.token_id],
    )
    return token


async def revoke(connection: Connection, partner: str, token_id: UUID | None, now: datetime) -> int:
    """Revoke one token of a partner, or all, at once; gives how many were valid."""
    await _must_exist(connection, partner)
    cursor = await connection.execute(
        "update partner_tokens set ends_at = %(now)s where partner = %(partner)s"
        " and (%(token)s::uuid is null or token_id = %(token)s)"
        " and (ends_at is null or ends_at > %(now)s)",
        {"now": now, "partner": partner, "token": token_id},
    )
    return cursor.rowcount


async def sender_of(connection: Connection, secret: str, now: datetime) -> Sender | None:
    """The partner of a valid token; records its use once a day."""
    cursor = await connection.execute(
        "select token_id, partner, exercise_only, last_used_on from partner_tokens"  # noqa: S608
        f" where token_hash = %(hash)s and {LIVES_SQL}",
        {"hash": _hash(secret), "now": now},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if row[3] != now.date():
        await connection.execute(
            "update partner_tokens set last_used_on = %s where token_id = %s", [now.date(), row[0]]
        )
    return Sender(row[1], row[2])


async def listed(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Every partner with its valid tokens and its number of events."""
    cursor = await connection.execute(LISTED_SQL, {"now": now})
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


async def names(connection: Connection) -> list[str]:
    """The names of all partners."""
    cursor = await connection.execute("select name from partners order by name")
    return [row[0] for row in await cursor.fetchall()]


async def _must_exist(connection: Connection, partner: str) -> None:
    cursor = await connection.execute("select from partners where name = %s", [partner])
    if await cursor.fetchone() is None:
        raise PartnerError(f"there is no partner {partner}: `add` makes one")
