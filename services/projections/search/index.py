"""The index of keyed hashes: follows the ledger, holds no value, forgets who is erased.

Its key is that of the current epoch: after a rotation the index is made anew from the ledger, and
what the database still holds of the old one can be compared with nothing (ADR 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.codec import decode
from events.intake import Contact, ReportSubmitted, ReportSupplemented, Statement
from events.registry import NAMES
from services.ledger.append import GROWN
from services.projections.search.identifiers import (
    identifiers_of_contact,
    identifiers_of_statement,
)
from services.runtime.keyring import subjects_of, unseal
from services.runtime.periodic import every

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.envelope import Envelope
    from services.projections.search.identifiers import Identifier
    from services.runtime.database import Connection, Pool
    from services.runtime.keyring import Keyring
    from services.runtime.stations import Station
    from services.runtime.wake import Wake

BATCH = 1000
POLL_SECONDS = 2.0
PURPOSE = "search index"
FIELDS = frozenset({"contact", "statement"})
REPORTED = (NAMES[ReportSubmitted], NAMES[ReportSupplemented])

# The row of the key is locked, so that somebody who is being erased is not put back.
ADD_SQL = """
insert into personal_hashes (kind, hash, epoch, subject, report_number)
select h.kind, h.hash, %s, h.subject, h.report_number
from unnest(%s::text[], %s::bytea[], %s::text[], %s::text[])
     as h (kind, hash, subject, report_number)
join subject_keys k on k.subject = h.subject and k.wrapped is not null
for share of k
on conflict do nothing
"""

FIND_SQL = """
select distinct h.report_number from personal_hashes h
join subject_keys k on k.subject = h.subject and k.wrapped is not null and not k.sealed
where h.kind = %s and h.hash = %s order by h.report_number limit %s
"""


async def keep(pool: Pool, keyring: Keyring, wake: Wake, station: Station) -> None:
    """Follow the ledger until cancelled."""

    async def catch_up() -> None:
        async with pool.connection() as connection:
            while await step(connection, keyring):
                station.beat()

    await every(POLL_SECONDS, catch_up, station, wakened_by=wake.subscribe(GROWN))


async def step(connection: Connection, keyring: Keyring) -> int:
    """Index the next events in one transaction; gives how many positions were passed."""
    async with connection.transaction():
        epoch, start = await _begin(connection, keyring.epochs.newest())
        cursor = await connection.execute(
            "select position, type, body from ledger where position >= %s order by position"
            " limit %s",
            [start, BATCH],
        )
        stored = await cursor.fetchall()
        if not stored:
            return 0
        reports = [decode(bytes(body)) for _, name, body in stored if name in REPORTED]
        await _add(connection, keyring, epoch, reports)
        await connection.execute("update search_index set position = %s", [stored[-1][0] + 1])
    return len(stored)


async def _begin(connection: Connection, newest: int) -> tuple[int, int]:
    """The epoch and the next position; from the start again when there is a newer epoch."""
    await connection.execute(
        "insert into search_index (epoch, position) values (%s, 0) on conflict do nothing", [newest]
    )
    cursor = await connection.execute("select epoch, position from search_index for update")
    row = await cursor.fetchone()
    assert row is not None
    if row[0] == newest:
        return newest, row[1]
    await connection.execute("delete from personal_hashes")
    await connection.execute("update search_index set epoch = %s, position = 0", [newest])
    return newest, 0


async def _add(
    connection: Connection, keyring: Keyring, epoch: int, reports: Sequence[Envelope]
) -> None:
    subjects = subjects_of(envelope.data for envelope in reports)
    keys = await keyring.find(connection, subjects, even_sealed=True)
    own = keyring.derived(epoch, PURPOSE)
    rows = [
        (each.kind, each.hashed(own), subject, number)
        for envelope in reports
        for subject, number, each in _identifiers(unseal(envelope, keys, FIELDS))
    ]
    if rows:
        columns = map(list, zip(*rows, strict=True))
        await connection.execute(ADD_SQL.encode(), [epoch, *columns])


def _identifiers(envelope: Envelope) -> Iterator[tuple[str, str, Identifier]]:
    event = envelope.data
    assert isinstance(event, ReportSubmitted | ReportSupplemented)
    if event.contact and isinstance(event.contact.value, Contact):
        for each in identifiers_of_contact(event.contact.value):
            yield event.contact.subject, event.report_number, each
    if isinstance(event.statement.value, Statement):
        for each in identifiers_of_statement(event.statement.value):
            yield event.statement.subject, event.report_number, each


async def find(
    connection: Connection, keyring: Keyring, wanted: Identifier, limit: int
) -> tuple[list[str], bool]:
    """Numbers of reports with this identifier, and whether the index has all of the ledger."""
    cursor = await connection.execute(
        "select i.epoch, i.position >= s.size from search_index i cross join ledger_size s"
    )
    row = await cursor.fetchone()
    if row is None:
        return [], False
    hashed = wanted.hashed(keyring.derived(row[0], PURPOSE))
    cursor = await connection.execute(FIND_SQL.encode(), [wanted.kind, hashed, limit])
    return [each[0] for each in await cursor.fetchall()], row[1]
