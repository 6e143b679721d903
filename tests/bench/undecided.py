"""Intake and triage as they are, except that every decision was made beforehand.

They read, open what is sealed, write the same rows and commit; triage looks nobody up.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.codec import decode
from events.partner import decode_partner
from events.triage import ReportTriaged
from services.intake.app import open_intake
from services.intake.inbound import Inbound
from services.runtime.clock import now
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
    from services.intake.domain.inbound import PartnerReport
    from services.runtime.database import Connection
    from services.runtime.event_store import Decided
    from services.runtime.kafka import Outgoing
    from services.triage.domain.decision import ReportFacts
    from services.triage.domain.duplicates import Candidate
    from tests.bench.line import Line


@dataclass(frozen=True, slots=True)
class UndecidedTriage(Triage):
    """Triage with the decisions of another run."""

    prepared: dict[UUID, ReportTriaged] = field(default_factory=dict)

    async def _around(
        self, connection: Connection, fresh: Sequence[tuple[Envelope, ReportFacts]]
    ) -> dict[UUID, list[Candidate]]:
        return {}

    def _decide(
        self, facts: ReportFacts, candidates: Sequence[Candidate], moment: datetime
    ) -> ReportTriaged:
        return self.prepared[facts.report_id]


@asynccontextmanager
async def undecided_triage(line: Line, decided_on: Line) -> AsyncIterator[Triage]:
    """Triage on `line`, deciding what was decided on the other."""
    rows = await rows_of(decided_on, "triage", "body", "events", "event_id")
    events = [decode(bytes(body)).data for (body,) in rows]
    prepared = {each.report_id: each for each in events if isinstance(each, ReportTriaged)}
    async with line.triage() as real:
        yield UndecidedTriage(real.pool, real.events, real.keyring, real.profile, prepared=prepared)


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
            self.reports[sent.key] = report
            self.decisions[report.cause_id] = real._decide(report, counter, moment)

    def read(self, record: Record, moment: datetime) -> PartnerReport:
        decode_partner(record.headers, record.value)
        return self.reports[record.key]

    def _decide(
        self, report: PartnerReport, counter: int, moment: datetime
    ) -> tuple[Decided, ReportSubmitted]:
        return self.decisions[report.cause_id]


@asynccontextmanager
async def undecided_intake(line: Line, records: Sequence[Outgoing]) -> AsyncIterator[Inbox]:
    """Intake's inbox, with `records` decided."""
    async with open_intake(line.settings, Wake(line.database_url)) as intake:
        handler = UndecidedInbound(intake, line.topics)
        handler.prepare(records)
        yield Inbox("intake", intake.pool, handler, nobody_waits, gaps_allowed=True)
