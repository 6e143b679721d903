"""`blotter publish`: the connector that sends an export of calls for service as partner events.

Every row becomes a CloudEvent on the partner's inbound topic, its id the partner's own id of the
call: publishing a file again, or after it grew, changes nothing about what was sent before. A row
that has changed supplements its report.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.progress import Progress

from events.codec import CONTENT_TYPE
from events.envelope import Purpose
from events.moment import timestamp
from services.intake.domain.inbound import source_of
from services.runtime.clock import monotonic_seconds
from services.runtime.kafka import Admin, Outgoing, Producer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from events.topics import Topics
    from services.connector.inlet import HttpInlet
    from services.connector.mapping import Incident, PartnerMapping

LARGEST_BATCH = 2000
BATCHES_PER_SECOND = 4
GZIP_MAGIC = b"\x1f\x8b"
BROKEN = (OSError, EOFError, zlib.error)
"""What reading a missing, cut off or damaged file raises."""
HEADERS = (("content-type", CONTENT_TYPE.encode()),)


class ExportError(Exception):
    """The file is no export this mapping can read, or breaks off; the message says where."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column, and the number of its last line."""

    line: int
    cells: dict[str, str]


@dataclass(slots=True)
class Tally:
    """What was met so far."""

    rows: int = 0
    ids: set[str] = field(default_factory=set)
    lines_without_id: list[int] = field(default_factory=list)
    unreadable_lines: list[int] = field(default_factory=list)
    unreadable_times: int = 0


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What one run did: `rows` met, `events` acknowledged; the header is line 1.

    A row without an id is not sent, nor an unreadable line; a row with an unreadable time is, less
    the time.
    """

    rows: int
    events: int
    distinct_ids: int
    without_id: int
    seconds: float
    lines_without_id: tuple[int, ...]
    unreadable_lines: tuple[int, ...]
    unreadable_times: int
    rejected: int = 0
    """Events that the inlet took and could not use; over Kafka the replies tell."""


async def publish(
    file: Path,
    mapping: PartnerMapping,
    *,
    bootstrap: str,
    topics: Topics,
    over: HttpInlet | None = None,
    live: bool = False,
    rate: float | None = None,
    limit: int | None = None,
    progress: bool = False,
) -> PublishResult:
    """Send the first `limit` rows of `file`, at most `rate` events a second.

    By Kafka, or `over` the HTTP inlet. ExportError for an unreadable file, KafkaTroubleError or
    InletError when the way fails. After any, publish the file again: what arrived is known by its
    id.
    """
    topic, purpose = topics.inbound(mapping.partner), Purpose.LIVE if live else Purpose.IMPORT
    started, sent, tally = monotonic_seconds(), 0, Tally()
    with _bar(progress) as bar, opened(file, mapping, bar, tally) as rows:
        outgoing = records(islice(rows, limit), mapping, topic, purpose, tally)
        if over is None:
            await _ensure(bootstrap, topic)
        producer, sending = over or Producer(bootstrap), monotonic_seconds()
        try:
            for batch in batches(outgoing, rate):
                await producer.send_all(batch)
                sent += len(batch)
                if rate:
                    await asyncio.sleep(sending + sent / rate - monotonic_seconds())
        finally:
            await producer.close()
    rejected = len(over.rejected) if over else 0
    return _result(tally, sent, rejected, monotonic_seconds() - started)


def _result(tally: Tally, sent: int, rejected: int, seconds: float) -> PublishResult:
    return PublishResult(
        rows=tally.rows,
        events=sent,
        distinct_ids=len(tally.ids),
        without_id=len(tally.lines_without_id),
        seconds=seconds,
        lines_without_id=tuple(tally.lines_without_id),
        unreadable_lines=tuple(tally.unreadable_lines),
        unreadable_times=tally.unreadable_times,
        rejected=rejected,
    )


def _bar(progress: bool) -> Progress:
    return Progress(console=Console(stderr=True), disable=not progress, transient=True)


async def _ensure(bootstrap: str, topic: str) -> None:
    admin = Admin(bootstrap)
    try:
        await admin.ensure([topic], kept_forever=False)
    finally:
        await admin.close()


@contextmanager
def opened(
    file: Path, mapping: PartnerMapping, bar: Progress, tally: Tally
) -> Iterator[Iterator[Row]]:
    """The rows of a CSV file, perhaps compressed; `tally` counts them as they are read.

    ExportError when there is no such file or a column of the mapping is not in it; and from the
    rows, when the file breaks off.
    """
    try:
        with file.open("rb") as start:
            compressed = start.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    except OSError as error:
        raise ExportError(f"{file}: {error.strerror}") from None
    with bar.open(file, "rb", description=file.name) as raw:
        content = gzip.GzipFile(fileobj=raw) if compressed else raw
        with TextIOWrapper(content, mapping.encoding, errors="replace", newline="") as text:
            reader = csv.DictReader(text, restval="", delimiter=mapping.delimiter)
            _check_columns(file, mapping, _header(file, reader))
            yield _rows(file, reader, tally)


def _header(file: Path, reader: csv.DictReader[str]) -> set[str]:
    try:
        return set(reader.fieldnames or ())
    except (*BROKEN, csv.Error) as error:
        raise ExportError(f"{file}: no header: {error}") from error


def _check_columns(file: Path, mapping: PartnerMapping, present: set[str]) -> None:
    missing = [
        f'{key}: no column "{name}"' for key, name in mapping.columns() if name not in present
    ]
    if missing:
        raise ExportError("\n".join(f"{file}: {problem}" for problem in missing))


def _rows(file: Path, reader: csv.DictReader[str], tally: Tally) -> Iterator[Row]:
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            tally.rows += 1
            tally.unreadable_lines.append(reader.reader.line_num)
            continue
        except BROKEN as error:
            raise ExportError(f"{file}: broken after line {reader.line_num}: {error}") from error
        if row is None:
            return
        tally.rows += 1
        yield Row(reader.line_num, row)


def records(
    rows: Iterable[Row], mapping: PartnerMapping, topic: str, purpose: Purpose, tally: Tally
) -> Iterator[Outgoing]:
    """The record of each row that has an id."""
    for row in rows:
        incident = mapping.read(row.cells)
        if incident is None:
            tally.lines_without_id.append(row.line)
            continue
        tally.ids.add(incident.id)
        tally.unreadable_times += incident.time_is_unreadable
        event = encoded(incident, mapping.partner, purpose)
        yield Outgoing(topic, None, incident.id.encode(), event, HEADERS)


def encoded(incident: Incident, partner: str, purpose: Purpose) -> bytes:
    """The CloudEvent in structured mode; the same row always gives the same bytes."""
    attributes = {
        "specversion": "1.0",
        "id": incident.id,
        "source": source_of(partner),
        "type": incident.event_type,
        "datacontenttype": "application/json",
        "purpose": purpose.value,
        "data": incident.data,
    }
    if incident.occurred:
        attributes["time"] = timestamp(incident.occurred)
    return orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS)


def batches(outgoing: Iterable[Outgoing], rate: float | None) -> Iterator[list[Outgoing]]:
    """Groups to send at once: small enough that a slow rate still flows evenly."""
    size = LARGEST_BATCH
    if rate:
        size = max(1, min(size, int(rate / BATCHES_PER_SECOND)))
    remaining = iter(outgoing)
    while batch := list(islice(remaining, size)):
        yield batch
