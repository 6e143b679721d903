"""A department's history as its owners committed it and the ledger took it: calls with several
versions, every road of a call taken, two reports in some. The same seed gives the same bytes."""

from __future__ import annotations

import random
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)
from events.codec import encode, name_of
from events.envelope import (
    Actor,
    Cause,
    CauseKind,
    Envelope,
    Purpose,
    call_stream,
    report_stream,
    triage_stream,
)
from events.intake import EmergencyAssessment, PartnerReference, ReportSubmitted
from events.personal import Personal
from events.topics import Topics, partition_of
from events.triage import Reason, ReportTriaged
from services.ledger.append import append
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Event
    from services.runtime.database import Connection

SPACE = UUID("ab5e0000-0000-5000-8000-000000000000")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SOFTWARE = Actor("software", "department", "software")
CLERK = Actor("officer-7", "department", "console")


@dataclass
class History:
    """Makes envelopes in order of time, with their places in topics and partitions."""

    seed: int
    chance: random.Random = field(init=False)
    envelopes: list[Envelope] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)
    numbers: Counter[tuple[str, int]] = field(default_factory=Counter)
    stored: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def add(self, stream: str, event: Event, cause: Envelope | None, actor: Actor) -> Envelope:
        self.versions[stream] += 1
        version, moment = self.versions[stream], BEGAN + timedelta(seconds=len(self.envelopes))
        moment += timedelta(microseconds=self.chance.randrange(10**6))
        origin = Cause(CauseKind.COMMAND, uuid5(SPACE, f"command {stream} {version}"))
        made = Envelope(
            event_id=uuid5(SPACE, f"{self.seed} {stream} {version}"),
            type=name_of(event),
            stream_id=stream,
            version=version,
            occurred_at=moment - timedelta(seconds=1),
            recorded_at=moment,
            actor=actor,
            purpose=Purpose.LIVE,
            cause=origin if cause is None else cause.as_cause(),
            correlation_id=SPACE,
            source=f"/{name_of(event).partition('.')[0]}",
            data=event,
        )
        self.envelopes.append(made)
        return made

    def report(self, number: int) -> ReportTriaged:
        """A report comes in and is decided about."""
        report_id = uuid5(SPACE, f"{self.seed} report {number}")
        submitted = ReportSubmitted(
            report_number=f"R26-{number:06}",
            channel="api",
            type="noise",
            partner=PartnerReference(partner="Ünïversity", external_id=f'"{number}"\\\n'),
            occurred_from=BEGAN,
            latitude=37.4 + number / 10**6,
            longitude=-77.5,
            safety={"weapon": "no"},
            emergency=EmergencyAssessment(outcome="none", rules=("quiet",), rules_version="3"),
            statement=self.sealed(f"report-{report_id}"),
        )
        first = self.add(report_stream(report_id), submitted, None, SOFTWARE)
        decision = ReportTriaged(
            report_id=report_id,
            report_number=submitted.report_number,
            emergency="none",
            type="noise",
            urgency=self.chance.randrange(1, 5),
            severity=2,
            desk="patrol",
            district="bermuda",
            anchor=report_id,
            decided_at=first.recorded_at,
            reasons=(Reason(of="type", rule="keyword"),),
            bundle=f"{number:064x}",
        )
        self.add(triage_stream(report_id), decision, first, SOFTWARE)
        return decision

    def call(self, number: int) -> None:
        """A call for service with all that may become of it."""
        decision = self.report(number)
        call_id = uuid5(SPACE, f"{self.seed} call {number}")
        stream = call_stream(call_id)
        opened = CallOpened(
            call_number=decision.report_number,
            report_id=decision.report_id,
            report_number=decision.report_number,
            type="noise",
            urgency=decision.urgency,
            severity=2,
            emergency="none",
            desk="patrol",
            district="bermuda",
        )
        before = self.add(stream, opened, self.envelopes[-1], SOFTWARE)
        for event in self.later(decision, number):
            before = self.add(stream, event, before, CLERK)
        if self.chance.random() < 0.4:
            other = self.report(number + 500_000)
            attached = ReportAttached(
                report_id=other.report_id, report_number=other.report_number, emergency="confirm"
            )
            self.add(stream, attached, self.envelopes[-1], SOFTWARE)

    def later(self, decision: ReportTriaged, number: int) -> list[Event]:
        origin: list[Event] = [
            UrgencyChanged(urgency=1, emergency="none", reason="person"),
            NoteAdded(note=self.sealed(f"report-{decision.report_id}")),
            LegalHoldPlaced(matter="CL26-1"),
            CaseReviewed(outcome="accepted"),
            CaseNumberIssued(case_number=f"26-{number:05}"),
            CaseAssigned(officer="officer-7", desk="property"),
            LegalHoldLifted(matter="CL26-1"),
            CaseResolved(dispositions=("report-taken", "cleared")),
        ]
        if self.chance.random() < 0.2:
            return [*origin[:2], CaseKeptForStatistics()]
        return origin[: self.chance.randrange(len(origin) + 1)]

    def sealed(self, subject: str) -> Personal[Any]:
        box = b64encode(self.chance.randbytes(self.chance.randrange(40, 200))).decode()
        return Personal[Any](subject=subject, sealed=box)

    def grow(self, count: int) -> None:
        """So many events more, or a few above."""
        number = len(self.envelopes)
        while len(self.envelopes) < count + self.stored:
            number += 1
            self.call(number)

    def records(self, envelopes: Sequence[Envelope]) -> list[Record]:
        found = []
        for envelope in envelopes:
            topic = Topics().of(envelope.type.partition(".")[0])
            partition = partition_of(envelope.stream_id)
            self.numbers[topic, partition] += 1
            number = self.numbers[topic, partition]
            key, body = envelope.stream_id.encode(), encode(envelope)
            found.append(Record(topic, partition, number, key, body, (), number))
        return found

    async def store(self, connection: Connection, upto: int) -> None:
        """Owners and ledger take what was made, up to a ledger of `upto` events."""
        self.grow(max(upto - self.stored, 0))
        some = self.envelopes[self.stored : upto]
        records = self.records(some)
        async with connection.transaction():
            await _owners(connection, some, records)
            await append(connection, records)
            await _positions(connection, self.numbers)
        self.stored = upto


async def _owners(
    connection: Connection, envelopes: Sequence[Envelope], records: Sequence[Record]
) -> None:
    async with connection.cursor() as cursor:
        for envelope, record in zip(envelopes, records, strict=True):
            owner = envelope.type.partition(".")[0]
            await cursor.execute(
                f"insert into {owner}.events values (%s, %s, %s, %s, %s, %s, %s, %s)".encode(),
                [
                    envelope.stream_id,
                    envelope.version,
                    envelope.event_id,
                    envelope.type,
                    envelope.recorded_at,
                    record.topic,
                    record.partition,
                    record.value,
                ],
            )
            await cursor.execute(
                f"insert into {owner}.published values (%s, %s, %s, %s)".encode(),
                [record.topic, record.partition, record.number, envelope.event_id],
            )


async def _positions(connection: Connection, numbers: Counter[tuple[str, int]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into runtime.positions (consumer, topic, partition, number)"
            " values ('ledger', %s, %s, %s) on conflict (consumer, topic, partition)"
            " do update set number = excluded.number",
            [(*place, number) for place, number in numbers.items()],
        )
