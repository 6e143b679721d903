"""Who has read a record: the reads in order, each with its reason, from the view of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from events.codec import decode
from services.projections import queries
from services.runtime.keyring import subjects_of, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from events.access import PersonalDataRevealed
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

COLUMNS = ("position", "read_at", "who", "role", "through", "did", "fields", "reason", "detail")
READS_SQL = """
select r.position, r.read_at, r.who, r.role, r.through, r.did, r.fields, r.reason, r.detail,
       case when r.did = 'revealed' then l.body end
from reads r join ledger l using (position)
where r.records && %s::uuid[] order by r.read_at, r.position
"""
AS_OF_SQL = "select position - 1 from checkpoints where view = 'who-read'"


async def who_read(
    connection: Connection, keyring: Keyring, ids: Sequence[UUID]
) -> tuple[int, list[dict[str, Any]]]:
    """The ledger position it is known through, and the reads. `ids`: the call and its reports.

    Explanations are in the clear, `erased` once their key is destroyed: for readers of the audit.
    """
    cursor = await connection.execute(AS_OF_SQL)
    row = await cursor.fetchone()
    cursor = await connection.execute(READS_SQL, [list(ids)])
    found = await cursor.fetchall()
    explanations = await _explanations(connection, keyring, [r[-1] for r in found])
    reads = [
        dict(zip(COLUMNS, columns, strict=True)) | {"explanation": explanation}
        for (*columns, _), explanation in zip(found, explanations, strict=True)
    ]
    return row[0] if row else -1, reads


async def who_read_number(
    connection: Connection, keyring: Keyring, number: str
) -> dict[str, Any] | None:
    """The reads of the record with a report, call or case number; None when there is no record."""
    found = await queries.find(connection, number)
    if found is None:
        return None
    ids = await queries.records(connection, *found)
    through, items = await who_read(connection, keyring, ids)
    return {"number": number, "through_position": through, "items": items}


async def _explanations(
    connection: Connection, keyring: Keyring, bodies: Sequence[bytes | None]
) -> list[str | None]:
    reveals = [decode(bytes(body)) if body is not None else None for body in bodies]
    subjects = subjects_of(each.data for each in reveals if each)
    keys = await keyring.find(connection, subjects) if subjects else {}
    words: list[str | None] = []
    for envelope in reveals:
        event = cast("PersonalDataRevealed", unseal(envelope, keys).data) if envelope else None
        explanation = event.explanation if event else None
        words.append((explanation.value or "erased") if explanation else None)
    return words
