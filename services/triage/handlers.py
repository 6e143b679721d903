"""Triage a batch of reports: make them findable, look around, decide, commit once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from events.codec import decode
from events.envelope import Actor, Purpose, id_in, triage_stream
from events.intake import ReportSubmitted
from events.registry import UnknownEventError
from services.runtime.clock import now
from services.runtime.event_store import Decided, Occasion
from services.runtime.keyring import unseal
from services.runtime.log import logger
from services.triage import store
from services.triage.domain.decision import (
    ReportFacts,
    classification_of,
    decide,
    fail_safe,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Envelope
    from events.triage import ReportTriaged
    from services.agency.profile import AgencyProfile
    from services.runtime.database import Connection, Pool
    from services.runtime.event_store import EventStore
    from services.runtime.kafka import Record
    from services.runtime.keyring import Keyring
    from services.triage.domain.duplicates import Candidate

OUTBOX = "triage.outbox"
STATEMENT = frozenset({"statement"})
SOFTWARE = Actor("triage", "department", "software")


@dataclass(frozen=True, slots=True)
class Triage:
    """What triage's handler needs; built once in `app.py`."""

    pool: Pool
    events: EventStore
    keyring: Keyring
    profile: AgencyProfile
    _prepared: dict[UUID, tuple[Envelope, ReportFacts]] = field(default_factory=dict)

    async def prepare(self, records: Sequence[Record]) -> None:
        """Commit the reports as candidates before anything is decided about them.

        What was read is kept for the decision that follows at once. A record that cannot be read
        is left to the inbox, which parks it.
        """
        self._prepared.clear()
        try:
            async with self.pool.connection() as connection:
                read = await self._read_candidates(connection, records)
        except (ValueError, KeyError, UnknownEventError) as error:
            logger().error("triage.unprepared", error=type(error).__name__)
            return
        self._prepared.update({facts.report_id: (envelope, facts) for envelope, facts in read})

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        """Decide each report once; the caller's transaction moves the position."""
        read = self._from_preparation(records)
        if not read:
            read = await self._read_candidates(connection, records)
        done = await store.decided(connection, [facts.report_id for _, facts in read])
        fresh = [(envelope, facts) for envelope, facts in read if facts.report_id not in done]
        if not fresh:
            return
        around = await self._around(connection, fresh)
        moment = now()
        decisions: list[Decided] = []
        anchors: dict[UUID, UUID] = {}
        for envelope, facts in fresh:
            candidates = [
                replace(c, anchor=anchors[c.report_id]) if c.report_id in anchors else c
                for c in around.get(facts.report_id, [])
            ]
            decision = self._decide(facts, candidates, moment)
            anchors[facts.report_id] = decision.anchor
            decisions.append(_decided(envelope, decision))
        await self.events.append(connection, decisions, moment)
        await store.set_anchors(connection, list(anchors.items()))

    async def _read_candidates(
        self, connection: Connection, records: Sequence[Record]
    ) -> list[tuple[Envelope, ReportFacts]]:
        """The reports in these records, each findable by others from the commit on."""
        envelopes = [decode(record.value or b"") for record in records]
        reports = [e for e in envelopes if isinstance(e.data, ReportSubmitted)]
        subjects = [cast("ReportSubmitted", e.data).statement.subject for e in reports]
        keys = await self.keyring.find(connection, subjects)
        read = [(envelope, _facts(unseal(envelope, keys, STATEMENT))) for envelope in reports]
        if read:
            await store.add_candidates(connection, [self._candidate(facts) for _, facts in read])
        return read

    def _from_preparation(self, records: Sequence[Record]) -> list[tuple[Envelope, ReportFacts]]:
        """The prepared reports of these records; empty unless all of them were prepared."""
        ids = dict.fromkeys(id_in((record.key or b"").decode()) for record in records)
        found = [self._prepared[each] for each in ids if each in self._prepared]
        return found if len(found) == len(ids) else []

    async def _around(
        self, connection: Connection, fresh: Sequence[tuple[Envelope, ReportFacts]]
    ) -> dict[UUID, list[Candidate]]:
        """For each report those that may be about the same incident."""
        return await store.near(connection, [self._window(facts) for _, facts in fresh])

    def _candidate(self, facts: ReportFacts) -> store.CandidateRow:
        submitted = facts.submitted
        return store.CandidateRow(
            facts.report_id, submitted.report_number,
            _apart(facts, classification_of(self.profile, facts).type),
            submitted.latitude, submitted.longitude, facts.occurred_at, facts.received_at,
        )  # fmt: skip

    def _window(self, facts: ReportFacts) -> tuple[UUID, str, datetime, datetime]:
        report_type = classification_of(self.profile, facts).type
        span = window(self.profile, facts, report_type)
        earliest, latest = facts.occurred_at - span, facts.occurred_at + span
        return facts.report_id, _apart(facts, report_type), earliest, latest

    def _decide(
        self, facts: ReportFacts, candidates: Sequence[Candidate], moment: datetime
    ) -> ReportTriaged:
        """The decision; a report that cannot be decided gets the fail-safe one and flows on."""
        try:
            return decide(self.profile, facts, candidates, moment)
        except Exception as error:
            logger().error(
                "triage.undecidable", report_id=str(facts.report_id), error=type(error).__name__
            )
            return fail_safe(self.profile, facts, moment)


def _apart(facts: ReportFacts, report_type: str) -> str:
    """The type among candidates: a drill is never the same incident as what happens for real."""
    return f"exercise/{report_type}" if facts.purpose is Purpose.EXERCISE else report_type


def _facts(envelope: Envelope) -> ReportFacts:
    submitted = envelope.data
    assert isinstance(submitted, ReportSubmitted)
    statement = submitted.statement.value
    text = (
        " ".join(filter(None, (statement.description, statement.location_text)))
        if statement
        else ""
    )
    return ReportFacts(
        report_id=id_in(envelope.stream_id),
        submitted=submitted,
        text=text,
        purpose=envelope.purpose,
        received_at=envelope.recorded_at,
    )


def _decided(envelope: Envelope, decision: ReportTriaged) -> Decided:
    occasion = Occasion(
        actor=SOFTWARE,
        purpose=envelope.purpose,
        cause=envelope.as_cause(),
        correlation_id=envelope.correlation_id,
        handler="triage",
    )
    return Decided(triage_stream(decision.report_id), 0, (decision,), occasion)
