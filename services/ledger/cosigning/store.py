"""Cosignatures and the state of cosigners, in Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.cosignature import cosigned_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.ledger.cosigning.configured import OtherOffice
    from services.ledger.cosigning.requesting import Cosigned, Declined
    from services.runtime.database import Connection

HEALTH_SQL = """
select split_part(c.cosigner, '+', 1), c.answered_at, greatest(s.size - c.size, 0),
       coalesce(extract(epoch from clock_timestamp() - (
         select min(k.signed_at) from signed_checkpoints k where k.size > c.size)), 0)::float8,
       c.refused
from cosigners c cross join ledger_size s order by c.cosigner
"""
NEWEST_COSIGNED_SQL = """
select k.note from cosignatures c join signed_checkpoints k using (size, root)
where c.size > %s order by c.size desc, k.number desc limit 1
"""


@dataclass(frozen=True, slots=True)
class CosignerHealth:
    """How one cosigner is doing. `lag_seconds`: age of the oldest checkpoint it has not cosigned;
    `refused`: why it does not cosign, when it answers but refuses."""

    name: str
    last_seen: datetime | None
    lag_events: int
    lag_seconds: float
    refused: str | None


async def health(connection: Connection) -> list[CosignerHealth]:
    """Every configured cosigner."""
    cursor = await connection.execute(HEALTH_SQL)
    return [
        CosignerHealth(name, seen, events, round(seconds, 1), refused)
        for name, seen, events, seconds, refused in await cursor.fetchall()
    ]


async def with_cosignatures(connection: Connection, signed: str) -> str:
    """A signed checkpoint with what was cosigned of it beneath."""
    found = Checkpoint.parse(note.split(signed)[0])
    cursor = await connection.execute(
        "select line from cosignatures where size = %s and root = %s order by cosigner",
        [found.size, found.root],
    )
    lines = [line for (line,) in await cursor.fetchall() if line not in signed]
    return signed + "".join(lines)


async def newest_cosigned(connection: Connection, beyond: int = -1) -> str | None:
    """The newest checkpoint of more than `beyond` events that anybody cosigned."""
    cursor = await connection.execute(NEWEST_COSIGNED_SQL, [beyond])
    row = await cursor.fetchone()
    return await with_cosignatures(connection, row[0]) if row else None


async def take_in(connection: Connection, offices: Sequence[OtherOffice]) -> dict[str, int]:
    """Make the table hold exactly these cosigners; gives the size each saw last, by key."""
    keys = [office.key for office in offices]
    async with connection.transaction():
        await connection.execute("delete from cosigners where cosigner <> all(%s)", [keys])
        cursor = await connection.execute(
            "insert into cosigners (cosigner, url) select * from unnest(%s::text[], %s::text[])"
            " on conflict (cosigner) do update set url = excluded.url returning cosigner, size",
            [keys, [office.url for office in offices]],
        )
        return dict(await cursor.fetchall())


async def keep_cosigned(
    connection: Connection, office: OtherOffice, signed: str, cosigned: Cosigned, now: datetime
) -> None:
    """The cosignature is kept and the cosigner well."""
    found = Checkpoint.parse(note.split(signed)[0])
    async with connection.transaction():
        await connection.execute(
            "insert into cosignatures (cosigner, size, root, cosigned_at, line)"
            " values (%s, %s, %s, to_timestamp(%s), %s) on conflict do nothing",
            [office.key, found.size, found.root, cosigned_at(cosigned.signature), cosigned.line],
        )
        await connection.execute(
            "update cosigners set size = %s, asked_at = %s, answered_at = %s, refused = null,"
            " refused_at = null where cosigner = %s",
            [found.size, now, now, office.key],
        )


async def keep_declined(
    connection: Connection, office: OtherOffice, declined: Declined, now: datetime
) -> None:
    """It answered and did not cosign."""
    await connection.execute(
        "update cosigners set size = coalesce(%s, size), asked_at = %s, answered_at = %s,"
        " refused = %s, refused_at = coalesce(refused_at, %s) where cosigner = %s",
        [declined.size, now, now, declined.reason, now, office.key],
    )


async def keep_away(connection: Connection, office: OtherOffice, now: datetime) -> None:
    """It was asked and did not answer."""
    await connection.execute(
        "update cosigners set asked_at = %s where cosigner = %s", [now, office.key]
    )
