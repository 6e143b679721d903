"""A ledger of any size and nothing else: lives of calls, interleaved, from the real decisions.

For what only reads the ledger. Some hundred reports are assessed and decided as the services do it;
the millions repeat them under other ids. What happens later to a call comes up to some thousand
events after it was opened, so that no reader finds a call's events together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)
from events.codec import encode, name_of
from events.envelope import Actor, Cause, CauseKind, Envelope, Purpose
from events.envelope import call_stream as stream_of_call
from events.envelope import report_stream as stream_of_report
from events.envelope import triage_stream as stream_of_triage
from events.personal import Personal
from events.topics import Topics, partition_of
from services.agency.default import default_agency
from services.casework.domain.call import Call
from services.casework.domain.commands import TakeReport
from services.casework.domain.decide import DECIDER
from services.intake.domain.numbers import report_number
from services.intake.domain.report import SubmitReport, assess_answers, submit
from services.intake.domain.submission import read_submission
from services.ledger.append import COPY_LEDGER, COPY_TYPES
from services.runtime.keyring import seal, subjects_of
from services.triage.bundle_files import build
from services.triage.domain.decision import ReportFacts, consider, decide
from tests.bench.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Event
    from events.intake import ReportSubmitted
    from events.triage import ReportTriaged
    from services.triage.domain.bundle import Bundle

IDS = UUID("f1220000-0000-5000-8000-000000000000")
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
SOFTWARE = Actor("bench", "department", "software")
TEMPLATES = 300
LATEST = 20_000
"""How many events after its opening the last thing happens to a call."""
ATTACHED, WORKED = 0.1, 0.4
COPIED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Template:
    """One report, decided and sealed."""

    submitted: ReportSubmitted
    triaged: ReportTriaged
    opened: CallOpened


@dataclass
class Histories:
    """An endless ledger, the same for the same seed but for what is ciphertext."""

    seed: int
    latest: int = LATEST
    different: int = TEMPLATES
    chance: random.Random = field(init=False)
    due: list[tuple[int, int, str, Event]] = field(default_factory=list)
    """What comes later: (when, in which order, stream, event)."""
    versions: dict[str, int] = field(default_factory=dict)
    calls: list[UUID] = field(default_factory=list)
    made: int = 0
    reports: int = 5_000_000
    """Numbers that no installation has reached."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.templates = _templates(self.different)

    def __iter__(self) -> Iterator[Envelope]:
        while True:
            while self.due and self.due[0][0] <= self.made:
                _, _, stream, event = heappop(self.due)
                yield self._envelope(stream, event)
            yield from self._report(self.chance.choice(self.templates))

    def _report(self, template: Template) -> Iterator[Envelope]:
        self.reports += 1
        report_id, number = uuid5(IDS, f"{self.seed}/{self.reports}"), report_number(self.reports)
        names = {"report_id": report_id, "report_number": number}
        submitted = template.submitted.model_copy(update={"report_number": number})
        yield self._envelope(stream_of_report(report_id), submitted)
        triaged = template.triaged.model_copy(update=names | {"anchor": report_id})
        yield self._envelope(stream_of_triage(report_id), triaged)
        if self.calls and self.chance.random() < ATTACHED:
            attached = ReportAttached(emergency=template.opened.emergency, **names)
            yield self._envelope(stream_of_call(self.chance.choice(self.calls)), attached)
            return
        call_id = uuid5(IDS, f"{self.seed}/call/{self.reports}")
        opened = template.opened.model_copy(update=names | {"call_number": f"C-{number[2:]}"})
        yield self._envelope(stream_of_call(call_id), opened)
        self.calls = [*self.calls[-500:], call_id]
        self._plan(stream_of_call(call_id), opened)

    def _plan(self, stream: str, opened: CallOpened) -> None:
        chance = self.chance
        if chance.random() > WORKED:
            return
        later: tuple[Event, ...] = (CaseKeptForStatistics(),)
        if chance.random() < 0.7:
            sealed = Personal[str](
                subject=stream, sealed="bm90IGEgcmVhbCBjaXBoZXJ0ZXh0LCBsb25n" * 3
            )
            later = (
                CaseReviewed(outcome="accepted"),
                CaseNumberIssued(case_number=opened.call_number.replace("C-", "CASE-")),
                CaseAssigned(officer=f"officer-{chance.randrange(40)}", desk=opened.desk),
                UrgencyChanged(urgency=3, emergency=opened.emergency, reason="person"),
                NoteAdded(note=sealed),
                CaseResolved(dispositions=("report-taken",)),
            )
        when = self.made
        for event in later:
            when += chance.randrange(1, self.latest // len(later))
            heappush(self.due, (when, self.reports, stream, event))

    def _envelope(self, stream: str, event: Event) -> Envelope:
        self.versions[stream] = version = self.versions.get(stream, 0) + 1
        self.made += 1
        moment = BEGAN + timedelta(seconds=self.made)
        event_id = uuid5(IDS, f"{self.seed}/{stream}/{version}")
        cause = Cause(CauseKind.COMMAND, event_id)
        return Envelope(
            event_id,
            name_of(event),
            stream,
            version,
            moment,
            moment,
            SOFTWARE,
            Purpose.LIVE,
            cause,
            event_id,
            "/blotter/bench",
            event,
        )


def fill_ledger(database_url: str, count: int, seed: int) -> int:
    """Put `count` events behind those of a ledger; gives how many bytes they are."""
    envelopes, size, topics = iter(Histories(seed)), 0, Topics()
    with psycopg.connect(database_url, options="-c search_path=projections") as connection:
        row = connection.execute("select size from ledger_size for update").fetchone()
        number = row[0] if row else 0
        count += number
        while number < count:
            with connection.cursor() as cursor, cursor.copy(COPY_LEDGER.encode()) as copy:
                copy.set_types(COPY_TYPES)
                for each in islice(envelopes, min(COPIED_AT_ONCE, count - number)):
                    body, topic = encode(each), topics.of(each.type.split(".")[0])
                    size += len(body)
                    copy.write_row(
                        (
                            number,
                            each.event_id,
                            each.stream_id,
                            each.version,
                            each.type,
                            each.recorded_at,
                            topic,
                            partition_of(each.stream_id),
                            number,
                            body,
                        )
                    )
                    number += 1
        connection.execute("update ledger_size set size = %s", [number])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze projections.ledger")
    return size


@cache
def _templates(count: int) -> list[Template]:
    """The same whatever the seed of the history, and whenever."""
    _, bundle = build(default_agency())
    reports = Reports(random.Random(count), bundle.profile, BEGAN, days=0.25)
    return [
        _template(bundle, reports, number, body)
        for number, body in zip(range(count), reports, strict=False)
    ]


def _template(bundle: Bundle, reports: Reports, number: int, body: dict[str, Any]) -> Template:
    profile = reports.profile
    report_id = uuid5(IDS, f"template {number}")
    read = read_submission(body, profile.known_types, profile.zone, reports.until)
    assessment = assess_answers(profile, read.safety, read.type, "live")
    submitted = submit(SubmitReport(report_id, report_number(number), "api", read, assessment))
    text = " ".join(filter(None, [body["description"], body["location"]["text"]]))
    facts = ReportFacts(report_id, submitted, text, Purpose.LIVE, reports.until)
    triaged = decide(bundle, consider(bundle, facts), (), reports.until)
    command = TakeReport(**triaged.model_dump(include=set(TakeReport.__dataclass_fields__)))
    opened, *_ = DECIDER.decide(command, Call())
    assert isinstance(opened, CallOpened)
    return Template(_sealed(submitted), triaged, opened)


def _sealed(submitted: ReportSubmitted) -> ReportSubmitted:
    keys = {subject: AESGCM.generate_key(256) for subject in subjects_of([submitted])}
    cause = Cause(CauseKind.COMMAND, IDS)
    plain = Envelope(
        IDS,
        name_of(submitted),
        "report-x",
        1,
        BEGAN,
        BEGAN,
        SOFTWARE,
        Purpose.LIVE,
        cause,
        IDS,
        "/blotter/intake",
        submitted,
    )
    sealed = seal(plain, keys).data
    assert isinstance(sealed, type(submitted))
    return sealed
