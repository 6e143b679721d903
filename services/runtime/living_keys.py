"""Which keys of data subjects are not destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection


async def count_living(connection: Connection) -> int:
    """How many subjects have a key."""
    cursor = await connection.execute("select count(*) from subject_keys where wrapped is not null")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def living(connection: Connection, subjects: Sequence[str]) -> list[str]:
    """Those of the subjects that have a key, in order."""
    cursor = await connection.execute(
        "select subject from subject_keys where subject = any(%s) and wrapped is not null",
        [list(subjects)],
    )
    return sorted(row[0] for row in await cursor.fetchall())
