"""Reads the events of one record from the ledger, by its streams: a view only leads to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.casework import CaseNumberIssued
from events.codec import decode
from events.envelope import CauseKind, call_stream, report_stream, subject_stream, triage_stream
from events.intake import ReportSubmitted
from services.projections import queries
from services.projections.audit.refusals import CannotReplayError, UnknownNumberError
from services.projections.audit.replay import known, reports_in
from services.projections.personal.record import Record, Stored
from services.projections.view import Entry
from services.projections.views.case_status import CASE_STATUS
from services.runtime.keyring import subjects_of, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from services.runtime.database import Connection
from services.runtime.keyring import Keyring

EVENTS_SQL = """
select position, topic, partition, number, body from ledger
where stream_id = any(%b) and position <= %b order by position
"""
Rows = list[tuple[int, str, int, int, bytes]]


class MisledError(Exception):
    """A view leads from the number to events that do not say it: the view is wrong."""


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
    found = await queries.find(connection, number)
    if found is None:
        raise UnknownNumberError("no report, call or case has this number")
    report_id, call_id = found
    if call_id is None:  # until the view has seen it, nobody knows which call it came into
        head = min(head, await _seen(connection))
    rows = await _events(connection, [call_stream(call_id)] if call_id else [], head)
    reports = reports_in(_decoded(rows)) if call_id else [each for each in [report_id] if each]
    if report_id is not None and report_id not in reports:
        raise MisledError("a view leads from this report to a call that does not hold it")
    rows += await _events(connection, _streams(reports), head)
    rows.sort()
    entries = _decoded(rows)
    _check(number, entries)
    record = await _opened(connection, keyring, number, call_id, reports, rows, entries)
    return Past(
        record, report_id, {row[0]: Source(*row[1:4]) for row in rows}, head,
        await _causes(connection, entries), _known(record, report_id),
    )  # fmt: skip


def _known(record: Record, report_id: UUID | None) -> tuple[Entry, ...]:
    entries = [Entry(stored.position, stored.envelope) for stored in record.entries]
    return tuple(known(entries, None, report_id))


async def _seen(connection: Connection) -> int:
    cursor = await connection.execute(
        "select position - 1 from checkpoints where view = %s", [CASE_STATUS.name]
    )
    row = await cursor.fetchone()
    return row[0] if row else -1


def _streams(reports: Iterable[UUID]) -> list[str]:
    return [
        stream_of(report)
        for report in reports
        for stream_of in (report_stream, triage_stream, subject_stream)
    ]


async def _events(connection: Connection, streams: Sequence[str], head: int) -> Rows:
    if not streams:
        return []
    cursor = await connection.execute(EVENTS_SQL, [list(streams), head])
    return [(*place, bytes(body)) for *place, body in await cursor.fetchall()]


def _decoded(rows: Rows) -> list[Entry]:
    entries = []
    for row in rows:
        try:
            entries.append(Entry(row[0], decode(row[-1])))
        except Exception as error:
            raise CannotReplayError(row[0], error) from error
    return entries


def _check(number: str, entries: Iterable[Entry]) -> None:
    said = {
        event.report_number if isinstance(event, ReportSubmitted) else event.case_number
        for entry in entries
        if isinstance(event := entry.envelope.data, ReportSubmitted | CaseNumberIssued)
    }
    if number not in said:
        raise MisledError("a view leads from this number to a record whose events do not say it")


async def _opened(
    connection: Connection, keyring: Keyring, number: str, call_id: UUID | None,
    reports: Sequence[UUID], rows: Rows, entries: Sequence[Entry],
) -> Record:  # fmt: skip
    subjects = subjects_of(entry.envelope.data for entry in entries)
    keys = await keyring.find(connection, subjects)
    stored = tuple(
        Stored(entry.position, unseal(entry.envelope, keys), row[-1])
        for entry, row in zip(entries, rows, strict=True)
    )
    ids = (*([call_id] if call_id else []), *reports)
    return Record(number, ids, stored, await keyring.hidden(connection, subjects))


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
