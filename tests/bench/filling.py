"""A past for an installation: the rows a million events would have left, without the time it took.

Every event comes from the real decisions and the codec; the tables are filled by COPY, in one
transaction. What only the way through Kafka could add is left out: its log holds none of these
events, and every consumer counts as having applied them. For an idle installation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid5

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.codec import encode
from events.envelope import Actor, Cause, CauseKind, Purpose, call_stream, id_in
from events.envelope import report_stream as stream_of_report
from events.envelope import triage_stream as stream_of_triage
from events.topics import Topics, partition_of
from services.agency.default import default_agency
from services.casework.domain.call import Call
from services.casework.domain.commands import TakeReport
from services.casework.domain.decide import DECIDER
from services.casework.handlers import call_id
from services.intake.domain.numbers import report_number
from services.intake.domain.report import SubmitReport, assess_answers, submit
from services.intake.domain.submission import read_submission
from services.projections.view import Entry, fold
from services.projections.views import VIEWS
from services.runtime.event_store import Decided, EventStore, Occasion
from services.runtime.keyring import Keyring, seal, subjects_of
from services.triage.bundle_files import build
from services.triage.domain.decision import ReportFacts, consider, decide
from services.triage.domain.places import cells_around
from tests.bench.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from events.envelope import Envelope, Event
    from events.intake import ReportSubmitted
    from events.triage import ReportTriaged
    from services.triage.domain.bundle import Bundle

IDS = UUID("f1110000-0000-5000-8000-000000000000")
DAYS = 365
REPORTS_AT_ONCE = 2000
EVENTS_A_REPORT = 3
WRITERS = ("intake", "triage", "casework")
SOFTWARE = Actor("bench", "department", "software")
COLUMNS = {
    "runtime.subject_keys": "subject, wrapped",
    "intake.reports": "report_id, report_number, submitted_at",
    "triage.candidates": "report_id, report_number, type, latitude, longitude, occurred_at,"
    " received_at, cell, anchor",
    "casework.call_numbers": "number, call_id",
    "projections.ledger": "position, event_id, stream_id, version, type, recorded_at, topic,"
    " partition, number, body",
}
for _writer in WRITERS:
    COLUMNS[f"{_writer}.events"] = (
        "stream_id, version, event_id, type, recorded_at, topic, partition, body"
    )
    COLUMNS[f"{_writer}.published"] = "topic, partition, number, item_id"
for _view in VIEWS:
    for _table in _view.tables:
        COLUMNS[f"projections.{_table.name}"] = ", ".join(_table.columns)


@dataclass
class PastReport:
    """Makes the rows of one report after another, numbers and positions included."""

    reports: Reports
    keyring: Keyring
    first_counter: int
    size: int
    """Of the ledger."""
    numbers: Counter[tuple[str, int]]
    topics: Topics = field(default_factory=Topics)
    bundle: Bundle = field(default_factory=lambda: build(default_agency())[1])
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, index: int, body: dict[str, Any], moment: datetime) -> None:
        """Everything one report leaves behind: submitted, triaged, a call opened."""
        report_id = uuid5(IDS, f"{self.reports.until}/{index}")
        submitted = self._submitted(report_id, self.first_counter + index, body, moment)
        text = " ".join(filter(None, [body["description"], body["location"]["text"]]))
        facts = ReportFacts(report_id, submitted, text, Purpose.LIVE, moment)
        considered = consider(self.bundle, facts)
        triaged = decide(self.bundle, considered, (), moment)
        opened, *_ = DECIDER.decide(_take(triaged), Call())
        call = call_id(triaged.anchor)
        command = Cause(CauseKind.COMMAND, report_id)
        first = self._event("intake", stream_of_report(report_id), submitted, command, moment)
        second = self._event(
            "triage", stream_of_triage(report_id), triaged, first.as_cause(), moment
        )
        third = self._event("casework", call_stream(call), opened, second.as_cause(), moment)
        number = submitted.report_number
        self.rows["intake.reports"].append((report_id, number, moment))
        self.rows["casework.call_numbers"].append((number, call))
        latitude, longitude = submitted.latitude or 0.0, submitted.longitude or 0.0
        self.rows["triage.candidates"].append(
            (
                report_id,
                number,
                triaged.type,
                latitude,
                longitude,
                facts.occurred_at,
                moment,
                cells_around(latitude, longitude)[4],
                report_id,
            )
        )
        self._views([first, second, third])

    def _submitted(
        self, report_id: UUID, counter: int, body: dict[str, Any], moment: datetime
    ) -> ReportSubmitted:
        profile = self.reports.profile
        read = read_submission(body, profile.known_types, profile.zone, moment)
        assessment = assess_answers(profile, read.safety, read.type, "live")
        return submit(SubmitReport(report_id, report_number(counter), "api", read, assessment))

    def _event(
        self, writer: str, stream_id: str, event: Event, cause: Cause, moment: datetime
    ) -> Envelope:
        occasion = Occasion(SOFTWARE, Purpose.LIVE, cause, id_in(stream_id), "filling")
        store = EventStore(writer, self.topics, self.keyring)
        (plain,) = store._envelopes(Decided(stream_id, 0, (event,), occasion), moment)
        keys = {subject: AESGCM.generate_key(256) for subject in subjects_of([event])}
        self.rows["runtime.subject_keys"] += [
            (subject, self.keyring.encrypt(key, subject)) for subject, key in keys.items()
        ]
        envelope = seal(plain, keys)
        body, topic, partition = encode(envelope), self.topics.of(writer), partition_of(stream_id)
        self.numbers[topic, partition] += 1
        number = self.numbers[topic, partition]
        stored = (stream_id, 1, envelope.event_id, envelope.type, moment, topic, partition, body)
        self.rows[f"{writer}.events"].append(stored)
        self.rows[f"{writer}.published"].append((topic, partition, number, envelope.event_id))
        self.rows["projections.ledger"].append(
            (
                self.size + len(self.rows["projections.ledger"]),
                envelope.event_id,
                stream_id,
                1,
                envelope.type,
                moment,
                topic,
                partition,
                number,
                body,
            )
        )
        return envelope

    def _views(self, envelopes: Sequence[Envelope]) -> None:
        start = self.size + len(self.rows["projections.ledger"]) - len(envelopes)
        entries = [Entry(position, each) for position, each in enumerate(envelopes, start)]
        for view in VIEWS:
            handled = [entry for entry in entries if entry.envelope.type in view.handled]
            for table in view.tables:
                rows = fold(table, {}, handled).values()
                self.rows[f"projections.{table.name}"] += [*map(table.values, rows)]

    def write(self, connection: psycopg.Connection) -> None:
        """Put the rows made so far into their tables."""
        for table, rows in self.rows.items():
            statement = f"copy {table} ({COLUMNS[table]}) from stdin".encode()
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        self.size += len(self.rows["projections.ledger"])
        self.rows.clear()


def fill(database_url: str, master_key: bytes, events: int, seed: int) -> int:
    """About `events` events of the past year; gives how many reports they are about."""
    count = events // EVENTS_A_REPORT
    with psycopg.connect(database_url) as connection:
        past, now = _present(connection, master_key, seed), Reports.of(seed).until
        bodies = iter(past.reports)
        for index in range(count):
            moment = now - timedelta(days=DAYS * (count - index) / count)
            past.reports.until = moment
            past.add(index, next(bodies), moment)
            if (index + 1) % REPORTS_AT_ONCE == 0:
                past.write(connection)
        past.write(connection)
        _catch_up(connection, past, count)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return count


def _take(triaged: ReportTriaged) -> TakeReport:
    facts = triaged.model_dump(include=set(TakeReport.__dataclass_fields__))
    return TakeReport(**facts)


def _present(connection: psycopg.Connection, master_key: bytes, seed: int) -> PastReport:
    """Where the numbers of a quiet installation stand."""
    (counter,) = _one(connection, "select last_value from intake.report_counter")
    (size,) = _one(connection, "select size from projections.ledger_size")
    numbers: Counter[tuple[str, int]] = Counter()
    for writer in WRITERS:
        query = f"select topic, partition, numbered_through from {writer}.relayed"
        for topic, partition, number in connection.execute(query.encode()):
            numbers[topic, partition] = number
    return PastReport(Reports.of(seed), Keyring(master_key), counter + 1, size, numbers)


def _one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", connection.execute(query.encode()).fetchone())


def _catch_up(connection: psycopg.Connection, past: PastReport, count: int) -> None:
    """Relays have sent and consumers have applied all of it."""
    last = past.first_counter + count
    connection.execute("select setval('intake.report_counter', %s)", [last])
    for writer in WRITERS:
        topic = past.topics.of(writer)
        rows = [(t, partition, n, n) for (t, partition), n in past.numbers.items() if t == topic]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into {writer}.relayed values (%s, %s, %s, %s) on conflict (topic,"
                " partition) do update set numbered_through = excluded.numbered_through,"
                " sent_through = excluded.sent_through".encode(),
                rows,
            )
        connection.execute(
            f"update runtime.positions p set number = r.sent_through from {writer}.relayed r"
            " where p.topic = r.topic and p.partition = r.partition".encode()
        )
    connection.execute("update projections.ledger_size set size = %s", [past.size])
    connection.execute("update projections.checkpoints set position = %s", [past.size])
