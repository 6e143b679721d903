"""Where parked entries of a copy wait, and how they are drained once the fold is mended."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from services.projections.freezing import fold_or_park
from services.projections.view import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.excerpt import Reader
    from services.projections.freezing import Parked
    from services.projections.rows import Rows
    from services.runtime.database import Connection


async def park(connection: Connection, copy: str, table: str, parked: Sequence[Parked]) -> None:
    """Put entries aside, in the transaction that moves the checkpoint past them."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into parked_entries (copy, table_name, key, position, reason)"
            " values (%s, %s, %s, %s, %s)",
            [(copy, table, each.key, each.position, each.reason) for each in parked],
        )


async def frozen(connection: Connection, copy: str) -> dict[str, set[str]]:
    """The keys of each table's rows that wait; empty for a table without any."""
    cursor = await connection.execute(
        "select distinct table_name, key from parked_entries where copy = %s", [copy]
    )
    keys: dict[str, set[str]] = defaultdict(set)
    for table, key in await cursor.fetchall():
        keys[table].add(key)
    return keys


async def count(connection: Connection, copy: str) -> int:
    """How many entries of a copy wait."""
    cursor = await connection.execute("select count(*) from parked_entries where copy = %s", [copy])
    row = await cursor.fetchone()
    return row[0] if row else 0


async def drain(connection: Connection, copy: str, rows: Rows[Any], read: Reader) -> int:
    """Fold what waits for rows of this table; a row that still fails stays as it is.

    Runs inside the caller's transaction, which holds the copy's checkpoint. Gives how many entries
    were applied.
    """
    cursor = await connection.cursor(binary=True).execute(
        "select key, position, body from parked_entries join ledger using (position)"
        " where copy = %s and table_name = %s order by position",
        [copy, rows.table.name],
    )
    keyed = [(key, Entry(position, read(body))) for key, position, body in await cursor.fetchall()]
    before = await rows.read(connection, {key for key, _ in keyed})
    folded = fold_or_park(rows.table, before, keyed)
    still = {parked.key for parked in folded.parked}
    mended = {key: row for key, row in folded.touched.items() if key not in still}
    if not mended:
        return 0
    await rows.write(connection, mended.values())
    await connection.execute(
        "delete from parked_entries where copy = %s and table_name = %s and key = any(%s)",
        [copy, rows.table.name, list(mended)],
    )
    return sum(key in mended for key, _ in keyed)
