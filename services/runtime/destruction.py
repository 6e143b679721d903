"""Destroying keys of data subjects, and doing so again after a database was restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.runtime.database import Connection
    from services.runtime.register import Register

DESTROY_SQL = """
insert into subject_keys (subject, wrapped, destroyed_at)
select s, null, t from unnest(%b::text[], %b::timestamptz[]) as d (s, t)
on conflict (subject) do update set wrapped = null, destroyed_at = excluded.destroyed_at
where subject_keys.wrapped is not null
returning subject
"""


@dataclass(frozen=True, slots=True)
class LivingKey:
    """A key that exists, and the epoch whose key wraps it."""

    subject: str
    wrapped: bytes
    epoch: int


async def living(connection: Connection, subjects: Sequence[str]) -> list[LivingKey]:
    """The keys of those `subjects` that have one, their rows locked until commit."""
    cursor = await connection.execute(
        "select subject, wrapped, epoch from subject_keys"
        " where subject = any(%s) and wrapped is not null order by subject for update",
        [list(subjects)],
    )
    return [LivingKey(name, bytes(box), epoch) for name, box, epoch in await cursor.fetchall()]


async def destroy(connection: Connection, destroyed: Iterable[tuple[str, datetime]]) -> list[str]:
    """Destroy keys and what can be searched by; gives the subjects whose keys still lived.

    A subject that never had a key here gets none any more.
    """
    rows = list(dict(destroyed).items())
    if not rows:
        return []
    subjects, moments = map(list, zip(*rows, strict=True))
    cursor = await connection.execute(DESTROY_SQL.encode(), [subjects, moments])
    gone = [row[0] for row in await cursor.fetchall()]
    await connection.execute("delete from personal_hashes where subject = any(%s)", [subjects])
    return gone


async def replay(connection: Connection, register: Register) -> list[str]:
    """Destroy everything the register names; gives the subjects that had come back."""
    listed = [(each.subject, datetime.fromisoformat(each.at)) for each in register.read()]
    async with connection.transaction():
        cursor = await connection.execute(
            "select subject from subject_keys where subject = any(%s) and wrapped is not null",
            [[subject for subject, _ in listed]],
        )
        back = {row[0] for row in await cursor.fetchall()}
        await destroy(connection, listed)
    return sorted(back)


async def set_sealed(connection: Connection, subjects: Sequence[str], *, sealed: bool) -> None:
    """Seal or unseal these keys; what a sealed key encrypts is shown to nobody."""
    await connection.execute(
        "update subject_keys set sealed = %s where subject = any(%s)", [sealed, list(subjects)]
    )
