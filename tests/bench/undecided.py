"""Intake, triage and casework as they are, except that every decision was made beforehand.

They read, open what is sealed, write the same rows and commit; nothing is loaded to decide with.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.codec import decode
from events.partner import decode_partner
from events.triage import ReportTriaged
from services.casework.app import open_casework
from services.casework.handlers import Casework
from services.intake.app import open_intake
from services.intake.domain.inbound import PartnerReport
from services.intake.domain.numbers import report_number
from services.intake.inbound_consumer import Inbound
from services.runtime.clock import now
from services.runtime.event_store import Decided, Occasion
from services.runtime.inbox import Inbox
from services.runtime.kafka import Record
from services.runtime.wake import Wake
from services.triage.handlers import Triage
from tests.bench.empty import rows_of
from tests.bench.line import nobody_waits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Envelope
    from events.intake import ReportSubmitted
    from services.runtime.database import Connection
    from services.runtime.kafka import Outgoing
    from services.triage.domain.decision import Considered
    from services.triage.domain.traits import Traits
    from tests.bench.line import Line


@dataclass(frozen=True, slots=True)
class UndecidedTriage(Triage):
    """Triage with the decisions of another run."""

    prepared: dict[UUID, ReportTriaged] = field(default_factory=dict)

    async def _around(
        self, connection: Connection, fresh: Sequence[tuple[Envelope, Considered]]
    ) -> dict[UUID, list[Traits]]:
        return {}

    def _decide(
        self, each: Considered, candidates: Sequence[Traits], moment: datetime
    ) -> ReportTriaged:
        return self.prepared[each.facts.report_id]


@asynccontextmanager
async def undecided_triage(line: Line, decided_on: Line) -> AsyncIterator[Triage]:
    """Triage on `line`, deciding what was decided on the other."""
    rows = await rows_of(decided_on, "triage", "body", "events", "event_id")
    events = [decode(bytes(body)).data for (body,) in rows]
    prepared = {each.report_id: each for each in events if isinstance(each, ReportTriaged)}
    async with line.triage() as real:
        yield UndecidedTriage(real.pool, real.events, real.keyring, real.bundle, prepared=prepared)


@dataclass(frozen=True, slots=True)
class UndecidedCasework(Casework):
    """Casework with the decisions of another run, by the event that caused them."""

    prepared: dict[UUID, list[Decided]] = field(default_factory=dict)

    async def _decided(self, connection: Connection, triaged: Sequence[Envelope]) -> list[Decided]:
        return [each for envelope in triaged for each in self.prepared[envelope.event_id]]


@asynccontextmanager
async def undecided_casework(line: Line, decided_on: Line) -> AsyncIterator[Inbox]:
    """Casework's inbox on `line`, deciding what was decided on the other."""
    order = "stream_id, version"
    rows = await rows_of(decided_on, "casework", "body", "events", order)
    prepared: dict[UUID, list[Decided]] = {}
    for envelope in (decode(bytes(body)) for (body,) in rows):
        occasion = Occasion(
            envelope.actor,
            envelope.purpose,
            envelope.cause,
            envelope.correlation_id,
            f"again/{envelope.version}",
        )
        again = Decided(envelope.stream_id, envelope.version - 1, (envelope.data,), occasion)
        prepared.setdefault(envelope.cause.id, []).append(again)
    async with open_casework(line.settings, Wake(line.database_url)) as real:
        casework = UndecidedCasework(real.pool, real.events, real.wake, prepared)
        yield Inbox("casework", casework.pool, casework, nobody_waits)


@dataclass(frozen=True, slots=True)
class UndecidedInbound(Inbound):
    """Intake's handler, which decodes records but knows already what they mean."""

    reports: dict[bytes | None, PartnerReport] = field(default_factory=dict)
    decisions: dict[UUID, tuple[Decided, ReportSubmitted]] = field(default_factory=dict)

    def prepare(self, records: Sequence[Outgoing]) -> None:
        """Interpret and decide, untimed."""
        moment, real = now(), Inbound(self.intake, self.topics)
        for counter, sent in enumerate(records, 1):
            record = Record(sent.topic, 0, 0, sent.key, sent.value, sent.headers, None)
            report = real.read(record, moment)
            assert isinstance(report, PartnerReport)
            self.reports[sent.key] = report
            number = report_number(counter)
            self.decisions[report.cause_id] = real._decide(report, number, moment)

    def read(self, record: Record, moment: datetime) -> PartnerReport:
        decode_partner(record.headers, record.value)
        return self.reports[record.key]

    def _decide(
        self, report: PartnerReport, number: str, moment: datetime
    ) -> tuple[Decided, ReportSubmitted]:
        return self.decisions[report.cause_id]


@asynccontextmanager
async def undecided_intake(line: Line, records: Sequence[Outgoing]) -> AsyncIterator[Inbox]:
    """Intake's inbox, with `records` decided."""
    async with open_intake(line.settings, Wake(line.database_url)) as intake:
        handler = UndecidedInbound(intake, line.topics)
        handler.prepare(records)
        yield Inbox("intake", intake.pool, handler, nobody_waits, gaps_allowed=True)
