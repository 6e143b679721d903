"""What belongs to some records: their events, by the ledger alone, and the rows these make.

No view is trusted for it: a view only says where to look first. Besides its own streams a record is
named by reads and by requests for public records, and a row of a live view that names it without
right is looked at too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg import sql

from events.casework import CallOpened, CaseNumberIssued, ReportAttached
from events.codec import decode
from events.envelope import (
    call_stream,
    id_in,
    inquiry_stream,
    report_stream,
    subject_stream,
    triage_stream,
)
from events.intake import ReportSubmitted
from services.audit.refusals import CannotReplayError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from events.envelope import Envelope
    from services.projections.view import View
    from services.runtime.database import Connection

CALL_OF_SQL = """
select stream_id from ledger
where position > (select position from ledger where stream_id = %(triage)s and version = 1)
  and (type like 'casework.call-opened.%%' or type like 'casework.report-attached.%%')
  and position(%(report)s::bytea in body) > 0
order by position limit 1
"""
STORED_SQL = "select position, type, body from ledger where stream_id = any(%s)"
NAMED_BY_ID_SQL = "select position, type, body from ledger where event_id = any(%s)"
ELSEWHERE_SQL = """
select position, stream_id, type, body from ledger
where position >= %(first)s and (type like 'access.%%' or type like 'casework.records-%%')
  and (%(like)s::text[] is null or convert_from(body, 'UTF8') like any(%(like)s))
"""
NAMING_SQL = """
select key, live::text from {} live
where %(like)s::text[] is null or live::text like any(%(like)s)
"""
SESSIONS = "access-"
FEW_NAMES = 100
BATCH = 2000
TOKEN = re.compile(rb"[0-9A-Za-z-]{5,}")
"""A number or an id, as a whole, in the text of an event or a row."""
Stored = tuple[int, str, bytes]


@dataclass(slots=True)
class Belonging:
    """The streams of some records, their events by position, and what they are called."""

    streams: set[str] = field(default_factory=set)
    stored: dict[int, Stored] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)
    wanted: dict[str, set[str]] = field(default_factory=dict)

    def add(self, stored: Iterable[Stored]) -> list[Envelope]:
        """Take these events in; gives those that were new."""
        new = [each for each in stored if each[0] not in self.stored]
        self.stored |= {each[0]: each for each in new}
        return [decoded(each[0], each[2]) for each in new]

    def named_in(self, text: bytes) -> bool:
        """Whether one of the records is named in it."""
        return not self.names.isdisjoint(TOKEN.findall(text))

    def like(self) -> list[str] | None:
        """Patterns for the database to look for first; None when these would be too many."""
        few = len(self.names) <= FEW_NAMES
        return [f"%{name.decode()}%" for name in self.names] if few else None

    def records(self) -> list[UUID]:
        """Ids of the calls, then of the reports."""
        return [
            id_in(stream)
            for kind in ("call-", "report-")
            for stream in sorted(self.streams)
            if stream.startswith(kind)
        ]

    def in_order(self) -> list[Stored]:
        """The events in ledger order."""
        return [self.stored[position] for position in sorted(self.stored)]


async def belonging(
    connection: Connection, streams: Collection[str], views: Collection[View]
) -> Belonging:
    """Everything about the records that these streams of reports and calls are part of."""
    found = Belonging()
    await own_streams(connection, found, streams)
    await _elsewhere(connection, found)
    envelopes = [decoded(each[0], each[2]) for each in found.stored.values()]
    for view in views:
        for table in view.tables:
            keys = (table.key(each) for each in envelopes if each.type in view.handled)
            found.wanted[table.name] = {key for key in keys if key is not None}
    for view in views:
        for table in view.tables:
            extra = await _naming(connection, table.name, found) - found.wanted[table.name]
            await _of_keys(connection, found, extra)
            found.wanted[table.name] |= extra
    return found


async def own_streams(connection: Connection, found: Belonging, streams: Collection[str]) -> None:
    """Add the record's own streams: those of its reports, of their call, and their subjects."""
    open_, in_a_call = set(streams), set[UUID]()
    while open_:
        found.streams |= open_
        cursor = await connection.execute(STORED_SQL, [list(open_)])
        new = found.add(await cursor.fetchall())
        found.names |= {name for each in new for name in _names(each)}
        next_ = {stream for each in new for stream in _led_to(each)}
        in_a_call |= {report for each in new for report in _held(each)}
        for stream in open_:
            if stream.startswith("report-") and id_in(stream) not in in_a_call:
                next_ |= await _call_of(connection, id_in(stream))
        open_ = next_ - found.streams


def _led_to(envelope: Envelope) -> list[str]:
    """Streams of the same record that an event leads to."""
    match envelope.data:
        case ReportSubmitted():
            report = id_in(envelope.stream_id)
        case CallOpened(report_id=report) | ReportAttached(report_id=report):
            pass
        case _:
            return []
    return [report_stream(report), triage_stream(report), subject_stream(report)]


def _held(envelope: Envelope) -> list[UUID]:
    """The report that an event of a call brings into it."""
    event = envelope.data
    return [event.report_id] if isinstance(event, CallOpened | ReportAttached) else []


def _names(envelope: Envelope) -> list[bytes]:
    """What other events and rows call the record that an event is about."""
    match envelope.data:
        case ReportSubmitted(report_number=number) | CallOpened(call_number=number):
            pass
        case CaseNumberIssued(case_number=number):
            pass
        case _:
            return []
    return [number.encode(), envelope.stream_id.partition("-")[2].encode()]


async def _call_of(connection: Connection, report: UUID) -> set[str]:
    cursor = await connection.execute(
        CALL_OF_SQL, {"triage": triage_stream(report), "report": str(report).encode()}
    )
    return {row[0] for row in await cursor.fetchall()}


async def _elsewhere(connection: Connection, found: Belonging) -> None:
    """Reads of the records, and requests for them with all that became of these."""
    streams: set[str] = set()
    async with connection.cursor("elsewhere") as cursor:
        first = min(found.stored, default=0)
        await cursor.execute(ELSEWHERE_SQL, {"first": first, "like": found.like()})
        while rows := await cursor.fetchmany(BATCH):
            for position, stream, name, body in rows:
                if not found.named_in(bytes(body)):
                    continue
                if stream.startswith(SESSIONS):
                    found.add([(position, name, bytes(body))])
                else:
                    streams.add(stream)
    stored = await connection.execute(STORED_SQL, [list(streams)])
    found.add(await stored.fetchall())


async def _naming(connection: Connection, table: str, found: Belonging) -> set[str]:
    """Keys of the live rows that name one of the records."""
    keys: set[str] = set()
    statement = sql.SQL(NAMING_SQL).format(sql.Identifier("projections", table))
    async with connection.cursor("naming") as cursor:
        await cursor.execute(statement, {"like": found.like()})
        while rows := await cursor.fetchmany(BATCH):
            keys |= {
                key
                for key, text in rows
                if not found.names.isdisjoint(TOKEN.findall(text.encode()))
            }
    return keys


async def _of_keys(connection: Connection, found: Belonging, keys: Collection[str]) -> None:
    """What the ledger has for rows of these keys: a record, an inquiry, a read, or a request."""
    ids = [each for each in map(_id, keys) if each]
    of_records = [stream_of(each) for each in ids for stream_of in (report_stream, call_stream)]
    names, streams = set(found.names), set(found.streams)
    await own_streams(connection, found, of_records)
    found.names, found.streams = names, streams  # these are not the records that were asked for
    others = [*keys, *map(inquiry_stream, ids)]
    cursor = await connection.execute(STORED_SQL, [others])
    found.add(await cursor.fetchall())
    cursor = await connection.execute(NAMED_BY_ID_SQL, [ids])
    found.add(await cursor.fetchall())


def _id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def decoded(position: int, body: bytes) -> Envelope:
    """The event; CannotReplayError when it is none of ours."""
    try:
        return decode(bytes(body))
    except Exception as error:
        raise CannotReplayError(position, error) from error
