"""Who is asking: API tokens for programs, sessions for people. Only hashes of either are stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import date, datetime

    from fastapi import Request

    from services.runtime.database import Connection, Pool

SESSION_COOKIE = "blotter_session"
SESSION_LASTS = timedelta(hours=12)
SESSIONS = UUID("0c7f4f0e-64c5-5a0f-9d6e-5be0f3a1d2c9")
"""Name space of sessions as events know them."""
NO_SESSION = UUID(int=0)


class Role(StrEnum):
    """The roles of design.md §6 that sign in."""

    CALLTAKER = "calltaker"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    DISPATCHER = "dispatcher"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


STAFF = frozenset(Role)
CASE_WORKERS = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.CALLTAKER, Role.ADMINISTRATOR})
REVIEWERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
AUDIT_READERS = frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person or program. `csrf` is None for tokens, which need none.

    `session` names a browser's session, or a token's day, and leads back to no secret.
    """

    account: str
    role: Role
    csrf: str | None = None
    session: UUID = NO_SESSION


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def session_of(secret: str, day: date | None = None) -> UUID:
    """The id of a session in events: one for a cookie, one for a token and day."""
    return uuid5(SESSIONS, f"{_hash(secret).hex()}/{day or ''}")


async def make_token(connection: Connection, role: Role, label: str) -> str:
    """A new API token, shown once; only its hash is kept."""
    token = f"blotter_{secrets.token_urlsafe(32)}"
    await connection.execute(
        "insert into api_tokens (token_hash, role, label) values (%s, %s, %s)",
        [_hash(token), role.value, label],
    )
    return token


async def start_session(connection: Connection, account: str, role: Role, now: datetime) -> str:
    """A new session; the secret goes into an HttpOnly cookie."""
    secret = secrets.token_urlsafe(32)
    await connection.execute("delete from sessions where expires_at <= %s", [now])
    await connection.execute(
        "insert into sessions (session_hash, account, role, csrf, expires_at)"
        " values (%s, %s, %s, %s, %s)",
        [_hash(secret), account, role.value, secrets.token_urlsafe(16), now + SESSION_LASTS],
    )
    return secret


async def end_session(connection: Connection, secret: str) -> None:
    """Sign out."""
    await connection.execute("delete from sessions where session_hash = %s", [_hash(secret)])


async def identify(pool: Pool, request: Request, now: datetime) -> Identity | None:
    """The identity behind a bearer token or a session; None without a valid one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(SESSION_COOKIE)
    session = NO_SESSION
    async with pool.connection() as connection:
        if scheme.lower() == "bearer" and token:
            session = session_of(token.strip(), now.date())
            cursor = await connection.execute(
                "select label, role, null from api_tokens"
                " where token_hash = %s and revoked_at is null",
                [_hash(token.strip())],
            )
        elif cookie:
            session = session_of(cookie)
            cursor = await connection.execute(
                "select account, role, csrf from sessions"
                " where session_hash = %s and expires_at > %s",
                [_hash(cookie), now],
            )
        else:
            return None
        row = await cursor.fetchone()
    return Identity(row[0], Role(row[1]), row[2], session) if row else None


async def holder_of(connection: Connection, token: str) -> Identity | None:
    """The holder of an API token; None when the token is unknown."""
    cursor = await connection.execute(
        "select label, role from api_tokens where token_hash = %s and revoked_at is null",
        [_hash(token)],
    )
    row = await cursor.fetchone()
    return Identity(row[0], Role(row[1])) if row else None


async def require(pool: Pool, request: Request, roles: frozenset[Role], now: datetime) -> Identity:
    """The identity, if its role is one of `roles`; 401 or 403 problems otherwise."""
    identity = await identify(pool, request, now)
    if identity is None:
        raise ProblemError(
            401,
            "sign-in",
            "Sign in first, or send a valid bearer token",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if identity.role not in roles:
        raise ProblemError(
            403,
            "role",
            f"The role {identity.role.value} may not do this",
            "Needs one of: " + ", ".join(sorted(roles)),
        )
    return identity


def check_csrf(identity: Identity, sent: str | None) -> None:
    """403 unless a session's form carries its own token; bearer tokens need none."""
    if identity.csrf is not None and not secrets.compare_digest(identity.csrf, sent or ""):
        raise ProblemError(403, "csrf", "This form is no longer valid: open the page again")
