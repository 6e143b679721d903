"""One record read from the ledger and opened, with where its events came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.envelope import CauseKind
from services.audit.record_events import record_events
from services.projections import queries
from services.projections.personal.record import Record, Stored
from services.projections.view import Entry
from services.runtime.keyring import subjects_of, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from services.audit.record_events import RecordEvents
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring

SOURCES_SQL = "select position, topic, partition, number from ledger where position = any(%b)"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the ledger took an event from: the gapless number is given by its owner's relay."""

    topic: str
    partition: int
    number: int


@dataclass(frozen=True, slots=True)
class Past:
    """A record with every event of it so far. `report_id`: the one asked for, if it was one."""

    record: Record
    report_id: UUID | None
    sources: Mapping[int, Source]
    head: int
    positions: Mapping[UUID, int]
    """Of the events that caused these, wherever in the ledger they are."""

    known: tuple[Entry, ...]
    """Every event of the record, in ledger order, as folds take them."""


async def load(connection: Connection, keyring: Keyring, number: str) -> Past:
    """Everything about the record; UnknownNumberError, MisledError or CannotReplayError."""
    head = await queries.head(connection)
    found = await record_events(connection, number, head)
    record = await _opened(connection, keyring, number, found)
    return Past(
        record,
        found.report_id,
        await _sources(connection, found.entries),
        head,
        await _causes(connection, found.entries),
        tuple(Entry(stored.position, stored.envelope) for stored in record.entries),
    )


async def _sources(connection: Connection, entries: Sequence[Entry]) -> dict[int, Source]:
    cursor = await connection.execute(SOURCES_SQL, [[entry.position for entry in entries]])
    return {position: Source(*source) for position, *source in await cursor.fetchall()}


async def _opened(
    connection: Connection, keyring: Keyring, number: str, found: RecordEvents
) -> Record:
    subjects = subjects_of(entry.envelope.data for entry in found.entries)
    keys = await keyring.find(connection, subjects)
    stored = tuple(
        Stored(entry.position, unseal(entry.envelope, keys), body)
        for entry, body in zip(found.entries, found.bodies, strict=True)
    )
    return Record(number, found.ids, stored, await keyring.hidden(connection, subjects))


async def _causes(connection: Connection, entries: Sequence[Entry]) -> dict[UUID, int]:
    positions = {entry.envelope.event_id: entry.position for entry in entries}
    causes = [entry.envelope.cause for entry in entries]
    named = {cause.id for cause in causes if cause.kind is CauseKind.EVENT} - positions.keys()
    if named:
        cursor = await connection.execute(
            "select event_id, position from ledger where event_id = any(%b)", [list(named)]
        )
        positions |= dict(await cursor.fetchall())
    return positions
