"""Partners' records: each becomes a report or a dead letter, and an answer on the reply topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from events.envelope import Actor, Cause, CauseKind, report_stream
from events.moment import timestamp
from services.intake import dead_letters, store
from services.intake.domain.inbound import PartnerReport, RefusedError, read_partner_report
from services.intake.domain.numbers import report_number
from services.intake.domain.report import (
    SubmitReport,
    assess_answers,
    effective_purpose,
    submit,
)
from services.intake.handlers import OUTBOX
from services.runtime.clock import now
from services.runtime.event_store import Decided, Message, Occasion, send

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted
    from events.topics import Topics
    from services.intake.handlers import Intake
    from services.runtime.database import Connection
    from services.runtime.kafka import Record

CHANGED = "an event with this id came before with other content"


@dataclass(frozen=True, slots=True)
class Inbound:
    """The handler of the inbound consumer."""

    intake: Intake
    topics: Topics

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        """Commit what became of each record; the caller's transaction moves the position."""
        moment = now()
        refused: list[dead_letters.DeadLetter] = []
        read: dict[UUID, tuple[Record, PartnerReport]] = {}
        for record in records:
            try:
                report = self.read(record, moment)
            except RefusedError as error:
                refused.append(self._dead_letter(record, str(error)))
                continue
            earlier = read.setdefault(report.cause_id, (record, report))[1]
            if earlier.digest != report.digest:
                refused.append(self._dead_letter(record, CHANGED))
        known = await store.known_partner_events(connection, list(read))
        fresh = [report for cause, (_, report) in read.items() if cause not in known]
        refused += [
            self._dead_letter(record, CHANGED)
            for cause, (record, report) in read.items()
            if known.get(cause, report.digest) != report.digest
        ]
        await self._submit(connection, fresh, moment)
        await dead_letters.keep(connection, self.intake.keyring, self.topics, refused, moment)

    async def replay(self, letter_id: UUID) -> PartnerReport:
        """Use a dead letter after all; RefusedError if it still cannot be."""
        moment = now()
        async with self.intake.pool.connection() as connection, connection.transaction():
            record = await dead_letters.original(connection, self.intake.keyring, letter_id)
            if record is None:
                raise RefusedError("there is no such dead letter, or it is no longer kept")
            report = self.read(record, moment)
            known = await store.known_partner_events(connection, [report.cause_id])
            if known.get(report.cause_id, report.digest) != report.digest:
                raise RefusedError(CHANGED)
            await self(connection, [record])
            await dead_letters.mark_replayed(connection, letter_id, moment)
        self.intake.wake.ring(OUTBOX)
        return report

    def read(self, record: Record, moment: datetime) -> PartnerReport:
        """The report in a record; RefusedError when there is none."""
        profile = self.intake.profile
        return read_partner_report(
            self._partner(record), record.headers, record.value,
            profile.known_types, profile.zone, moment,
        )  # fmt: skip

    def _partner(self, record: Record) -> str:
        partner = self.topics.partner_of(record.topic)
        if partner is None:
            raise RefusedError("not a partner's topic")
        return partner

    def _dead_letter(self, record: Record, reason: str) -> dead_letters.DeadLetter:
        return dead_letters.DeadLetter.of(
            self.topics.partner_of(record.topic) or "", record, reason
        )

    async def _submit(
        self, connection: Connection, reports: Sequence[PartnerReport], moment: datetime
    ) -> None:
        if not reports:
            return
        counters = await store.next_counters(connection, len(reports))
        decided: list[Decided] = []
        rows: list[tuple[UUID, ReportSubmitted, str | None]] = []
        for report, counter in zip(reports, counters, strict=True):
            each, event = self._decide(report, counter, moment)
            decided.append(each)
            rows.append((report.cause_id, event, None))
        await self.intake.events.append(connection, decided, moment)
        purposes = [each.occasion.purpose for each in decided]
        await store.add_reports(connection, rows, purposes, moment)
        await store.add_partner_events(
            connection,
            [
                (r.cause_id, r.digest, row[1].report_number)
                for r, row in zip(reports, rows, strict=True)
            ],
        )
        answers = [
            accepted(self.topics, report.reference.partner, report, row[1].report_number, moment)
            for report, row in zip(reports, rows, strict=True)
        ]
        await send(connection, answers, moment)

    def _decide(
        self, report: PartnerReport, counter: int, moment: datetime
    ) -> tuple[Decided, ReportSubmitted]:
        submission = report.submission
        purpose = effective_purpose(report.purpose, submission.occurred_from, moment)
        assessment = assess_answers(
            self.intake.profile, submission.safety, submission.type, purpose
        )
        event = submit(
            SubmitReport(
                report.cause_id, report_number(counter), "partner", submission, assessment,
                partner=report.reference,
            )
        )  # fmt: skip
        occasion = Occasion(
            actor=Actor("partner", report.reference.partner, "kafka"),
            purpose=purpose,
            cause=Cause(CauseKind.PARTNER, report.cause_id),
            correlation_id=report.cause_id,
            handler="submit",
        )
        return Decided(report_stream(report.cause_id), 0, (event,), occasion), event


def accepted(
    topics: Topics, partner: str, report: PartnerReport, number: str, moment: datetime
) -> Message:
    """The answer to a partner whose event became a report."""
    cause = Cause(CauseKind.PARTNER, report.cause_id)
    data = {"id": report.reference.external_id, "status": "accepted", "report_number": number}
    return reply(topics, partner, cause, data, moment)


def reply(
    topics: Topics, partner: str, cause: Cause, data: dict[str, str], moment: datetime
) -> Message:
    """A CloudEvent on the partner's reply topic, keyed by the partner's own id."""
    message_id = cause.derive("reply")
    body = {
        "specversion": "1.0", "id": str(message_id), "source": "/blotter/intake",
        "type": "blotter.partner-event-answered.v1", "time": timestamp(moment),
        "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    encoded = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Message(message_id, topics.replies(partner), data.get("id", str(message_id)), encoded)
