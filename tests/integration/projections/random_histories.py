"""Random histories: reports, calls, staff at work, erasures, requests and reads, as they may be."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, get_args
from uuid import UUID, uuid5

from events import access, casework, inquiries, records, subjects
from events.codec import encode, name_of
from events.envelope import (
    Actor,
    Cause,
    CauseKind,
    Envelope,
    Event,
    Purpose,
    answer_stream,
    call_stream,
    inquiry_stream,
    report_stream,
    subject_stream,
    triage_stream,
)
from events.intake import Contact, EmergencyAssessment, ReportSubmitted, Statement
from events.personal import Personal
from events.triage import Reason, ReportTriaged
from services.ledger.append import append
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.kafka import Record
from services.runtime.keyring import seal

if TYPE_CHECKING:
    from services.runtime.database import Connection

SPACE = UUID("7d1ff000-60a5-5d6c-8a35-0a8f5a0f3c11")
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEY = bytes(range(32))
SECRETS = ("Balthazar Quist", "804-555-0142", "quist@example.org", "stole the lawn gnomes")
DISPOSITIONS = get_args(casework.Disposition)


@dataclass(slots=True)
class History:
    """Events in the order in which a ledger could hold them."""

    chance: random.Random
    events: list[Envelope] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    reports: dict[str, UUID] = field(default_factory=dict)
    calls: dict[str, UUID] = field(default_factory=dict)

    def happened(
        self,
        stream: str,
        event: Event,
        *,
        who: str = "officer-7",
        through: str = "api",
        purpose: Purpose = Purpose.LIVE,
    ) -> Envelope:
        """The next event of a stream, some minutes after the last one."""
        number = len(self.events)
        moment = BEGIN + timedelta(minutes=7 * number)
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        envelope = Envelope(
            event_id=uuid5(SPACE, f"{stream}@{version}"),
            type=name_of(event),
            stream_id=stream,
            version=version,
            occurred_at=moment,
            recorded_at=moment,
            actor=Actor(who, "department", through),
            purpose=purpose,
            cause=Cause(CauseKind.COMMAND, uuid5(SPACE, f"command {number}")),
            correlation_id=SPACE,
            source="/test",
            data=event,
        )
        self.events.append(envelope)
        return envelope

    def filed(self, number: str, anchor: str | None = None, **facts: str) -> UUID:
        """A report that was triaged, and opened a call or joined the one of `anchor`."""
        report_id = uuid5(SPACE, number)
        self.reports[number] = report_id
        self.happened(report_stream(report_id), submitted(number, report_id), who="web")
        type_, desk = facts.get("type", "theft"), facts.get("desk", "property")
        urgency = int(facts.get("urgency", "3"))
        self.happened(
            triage_stream(report_id),
            ReportTriaged(
                report_id=report_id,
                report_number=number,
                emergency="none",
                type=type_,
                urgency=urgency,
                severity=2,
                desk=desk,
                district="bermuda",
                anchor=self.reports[anchor or number],
                bundle="9f86d081884c7d65",
                reasons=(Reason(of="type", rule="declared"), Reason(of="urgency", rule="row 3")),
                decided_at=BEGIN,
            ),
            who="triage",
        )
        if anchor:
            attached = casework.ReportAttached(
                report_id=report_id, report_number=number, emergency="none"
            )
            self.calls[number] = self.calls[anchor]
            self.on_call(number, attached)
            return report_id
        self.calls[number] = uuid5(SPACE, f"call {number}")
        opened = casework.CallOpened(
            call_number=number,
            report_id=report_id,
            report_number=number,
            type=type_,
            urgency=urgency,
            severity=2,
            emergency="none",
            desk=desk,
            district="bermuda",
        )
        self.on_call(number, opened)
        return report_id

    def on_call(self, number: str, event: Event) -> Envelope:
        """Something happened to the call of a report."""
        return self.happened(call_stream(self.calls[number]), event)

    def on_subject(self, number: str, event: Event) -> Envelope:
        """Something happened to the personal data of a report."""
        return self.happened(subject_stream(self.reports[number]), event)

    def read(self, number: str, who: str = "auditor-2") -> Envelope:
        """Somebody looked at the record."""
        viewed = access.CaseViewed(
            role="auditor", number=number, records=(self.calls[number], self.reports[number])
        )
        return self.happened(f"access-projections-{uuid5(SPACE, who)}", viewed, who=who)


def submitted(number: str, report_id: UUID) -> ReportSubmitted:
    """A report with secrets in it."""
    name, phone, email, story = SECRETS
    return ReportSubmitted(
        report_number=number,
        channel="web",
        type="theft",
        occurred_from=BEGIN,
        emergency=EmergencyAssessment(outcome="none", rules=(), rules_version="L0/1"),
        safety={"weapon": "no"},
        people_described=1,
        statement=Personal(
            subject=f"report-{report_id}", value=Statement(description=f"{name} {story}")
        ),
        contact=Personal(
            subject=f"person-{report_id}", value=Contact(name=name, phone=phone, email=email)
        ),
    )


def note(history: History, number: str, text: str = SECRETS[0]) -> casework.NoteAdded:
    """A note under the key of the report."""
    subject = f"report-{history.reports[number]}"
    return casework.NoteAdded(note=Personal[str](subject=subject, value=text))


def random_history(seed: int, steps: int = 120) -> History:
    """One that touches every table of every view."""
    history = History(random.Random(seed))
    for counter in range(8):
        history.filed(f"100-{seed:03d}-{counter:03d}", desk=history.chance.choice(["a", "b"]))
    for counter in range(8, 11):
        anchor = history.chance.choice(list(history.reports))
        history.filed(f"100-{seed:03d}-{counter:03d}", anchor=anchor)
    for step in range(steps):
        _something(history, history.chance.choice(list(history.reports)), step)
    for counter, number in enumerate(list(history.reports)[:4]):
        _routine(history, number, counter)
        _question(history, number, counter)
    return history


def _something(history: History, number: str, step: int) -> None:
    chance = history.chance
    what = chance.randrange(7)
    if what == 0:
        history.read(number, who=f"officer-{chance.randrange(4)}")
    elif what == 1:
        urgency = casework.UrgencyChanged(urgency=step % 5, emergency="none", reason="person")
        history.on_call(number, urgency)
    elif what == 2:
        desk = chance.choice(["a", "b", "c"])
        history.on_call(number, casework.CaseAssigned(officer=f"o-{step}", desk=desk))
    elif what == 3:
        history.on_call(number, note(history, number))
    elif what == 4:
        history.on_call(number, casework.LegalHoldPlaced(matter=f"matter {step % 3}"))
    elif what == 5:
        history.on_call(number, casework.LegalHoldLifted(matter=f"matter {step % 3}"))
    else:
        history.on_call(number, casework.CaseNumberIssued(case_number=f"26-{step:05d}"))


def _routine(history: History, number: str, counter: int) -> None:
    """What every history has at least once: a row in each table, closed, erased, requested."""
    done = DISPOSITIONS[counter % len(DISPOSITIONS)]
    history.on_call(number, casework.LegalHoldPlaced(matter="appeal"))
    history.on_call(number, casework.CaseResolved(dispositions=(done,)))
    request = uuid5(SPACE, f"request {number}")
    asked = subjects.ErasureRequested(
        request_id=request, report_number=number, basis="expired", requested_by="records-1"
    )
    history.on_subject(number, asked)
    if counter == 0:
        erased = subjects.SubjectErased(
            request_id=request,
            report_number=number,
            basis="expired",
            requested_by="records-1",
            approved_by="supervisor-1",
            keys=(),
        )
        history.on_subject(number, subjects.ErasureApproved(request_id=request))
        history.on_subject(number, erased)
    if counter == 1:
        history.on_subject(number, subjects.SubjectSealed(report_number=number, basis="court"))
    stream = f"records-request-{uuid5(SPACE, f'records {number}')}"
    opened = records.RecordsRequested(
        request_number=f"RR-{number}",
        received_on=date(2026, 3, 1),
        due_on=date(2026, 3, 8),
        reports=(number,),
    )
    history.happened(stream, opened)
    history.happened(stream, records.RecordsRequestExtended(due_on=date(2026, 3, 15)))
    history.read(number)


def _question(history: History, number: str, counter: int) -> None:
    """Somebody asks; an answer is published, and is shown or sent."""
    stream = inquiry_stream(uuid5(SPACE, f"inquiry {number}"))
    asked, name = Personal[str](subject=stream, value=f"{SECRETS[0]}?"), f"answer-{counter}"
    wording = inquiries.Wording(title="¿Cuándo?", text="Nunca.", keywords=("día",))
    edition = inquiries.AnswerPublished(
        answer=name, edition=1, subject="noise", since=date(2026, 1, 1), wordings={"es": wording}
    )
    history.happened(answer_stream(name), edition)
    calm = EmergencyAssessment(outcome="none", rules=(), rules_version="L0/1")
    received = inquiries.InquiryReceived(
        inquiry_number=f"Q-{number}", channel="web", language="es", emergency=calm, question=asked
    )
    shown = (inquiries.AnswerShown(answer=name, edition=1, language="es"),)
    history.happened(stream, received, who="asker")
    if counter % 2:
        history.happened(stream, inquiries.InquiryAnswered(shown=shown), who="asker")
        retired = inquiries.AnswerRetired(answer=name, edition=1, on=date(2026, 4, 1))
        history.happened(answer_stream(name), retired)
        return
    left_open = inquiries.InquiryLeftOpen(why="nothing-found", pin_hash=asked)
    history.happened(stream, left_open, who="asker")
    history.happened(stream, inquiries.InquiryReplied(shown=shown, reply=asked))


async def stored(connection: Connection, events: list[Envelope]) -> None:
    """Append the events to the ledger as Kafka would bring them."""
    async with connection.transaction():
        await append(connection, [_record(envelope, at) for at, envelope in enumerate(events)])


def _record(envelope: Envelope, offset: int) -> Record:
    keys = dict.fromkeys(_subjects(envelope), KEY)
    body = encode(seal(envelope, keys))
    return Record("blotter.test", 0, offset, envelope.stream_id.encode(), body, (), offset + 1)


def _subjects(envelope: Envelope) -> list[str]:
    values = [getattr(envelope.data, name) for name in type(envelope.data).model_fields]
    return [value.subject for value in values if isinstance(value, Personal)]


async def caught_up(connection: Connection) -> None:
    """Every view has seen the whole ledger."""
    for view in VIEWS:
        runner = Runner(view)
        await runner.prepare(connection)
        while await runner.step(connection):
            pass
