"""Triage a batch of reports: add them as candidates, find duplicates, decide, commit once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, cast
from uuid import UUID

from events.codec import decode
from events.envelope import Actor, Envelope, id_in, triage_stream
from events.intake import ReportSubmitted
from events.registry import UnknownEventError
from events.triage import LinkRetracted, ReportTriaged
from services.runtime.clock import now
from services.runtime.event_store import Decided, Occasion
from services.runtime.keyring import subjects_of, unseal
from services.runtime.log import logger
from services.triage import store
from services.triage.domain.decision import (
    UNDECIDABLE,
    Considered,
    ReportFacts,
    consider,
    consider_nothing,
    decide,
    fail_safe,
    horizon_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.runtime.database import Connection, Pool
    from services.runtime.event_store import EventStore
    from services.runtime.kafka import Record
    from services.runtime.keyring import Keyring
    from services.triage.domain.bundle import Bundle
    from services.triage.domain.traits import Traits

OUTBOX = "triage.outbox"
REPORTS = "report-"
"""Streams that may contain a report; other streams on the topic, like answers, are skipped."""
READ = frozenset({"statement", "contact"})
SOFTWARE = Actor("triage", "department", "software")
PURPOSE = "evidence of duplicates"


Prepared = Mapping[UUID, tuple[Envelope, Considered]]
"""Reports by id: the envelope, and its type and traits under one bundle."""
NOTHING: Prepared = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Triage:
    """What triage's handler needs; built once in `app.py`."""

    pool: Pool
    events: EventStore
    keyring: Keyring
    bundle: Bundle

    async def prepare(self, records: Sequence[Record]) -> Prepared:
        """Commit the reports as candidates before any of them is decided.

        Gives the reports for the following decision. Empty when a record cannot be read; the inbox
        parks it then.
        """
        try:
            async with self.pool.connection() as connection:
                read = await self._read_candidates(connection, records)
        except (ValueError, KeyError, UnknownEventError) as error:
            logger().error("triage.unprepared", error=type(error).__name__)
            return {}
        return {each.facts.report_id: (envelope, each) for envelope, each in read}

    async def __call__(
        self, connection: Connection, records: Sequence[Record], prepared: Prepared = NOTHING
    ) -> None:
        """Decide each report once; the caller's transaction moves the position."""
        read = from_preparation(records, prepared)
        if not read:
            read = await self._read_candidates(connection, records)
        done = await store.decided(connection, [each.facts.report_id for _, each in read])
        fresh = [pair for pair in read if pair[1].facts.report_id not in done]
        if not fresh:
            return
        around = await self._around(connection, fresh)
        moment = now()
        decisions: list[Decided] = []
        anchors: dict[UUID, UUID] = {}
        for envelope, each in fresh:
            candidates = [
                replace(c, anchor=anchors[c.report_id]) if c.report_id in anchors else c
                for c in around.get(each.facts.report_id, [])
            ]
            decision = self._decide(each, candidates, moment)
            anchors[each.facts.report_id] = decision.anchor
            decisions.append(_decided(envelope, decision))
        await self.events.append(connection, decisions, moment)
        await store.set_anchors(connection, list(anchors.items()))

    async def _read_candidates(
        self, connection: Connection, records: Sequence[Record]
    ) -> list[tuple[Envelope, Considered]]:
        """The reports in these records, each a candidate for others once committed."""
        envelopes = [decode(record.value or b"") for record in records]
        reports = [e for e in envelopes if isinstance(e.data, ReportSubmitted)]
        keys = await self.keyring.find(connection, subjects_of(e.data for e in reports))
        key = self.keyring.derived(self.keyring.epochs.newest(), PURPOSE)
        read = [(e, self._consider(_facts(unseal(e, keys, READ)), key)) for e in reports]
        if read:
            rows = [(each.traits, each.facts.occurred_at) for _, each in read]
            await store.add_candidates(connection, rows)
        return read

    def _consider(self, facts: ReportFacts, key: bytes) -> Considered:
        """The type and traits of a report; one that cannot be considered is decided fail-safe."""
        try:
            return consider(self.bundle, facts, partial(keyed_hash, key))
        except Exception as error:
            logger().error(
                "triage.unconsidered", report_id=str(facts.report_id), error=type(error).__name__
            )
            return consider_nothing(self.bundle, facts)

    async def _around(
        self, connection: Connection, fresh: Sequence[tuple[Envelope, Considered]]
    ) -> dict[UUID, list[Traits]]:
        """For each report, those that may be about the same incident."""
        return await store.near(connection, [self._window(each) for _, each in fresh])

    def _window(self, each: Considered) -> tuple[UUID, datetime, datetime]:
        span = horizon_of(self.bundle, each.kind.type)
        happened = each.facts.occurred_at
        return each.facts.report_id, happened - span, happened + span

    def _decide(
        self, each: Considered, candidates: Sequence[Traits], moment: datetime
    ) -> ReportTriaged:
        """The decision; the fail-safe one for a report that cannot be decided."""
        facts = each.facts
        if each.kind.rule == UNDECIDABLE:
            return fail_safe(self.bundle, facts, moment)
        try:
            return decide(self.bundle, each, candidates, moment)
        except Exception as error:
            logger().error(
                "triage.undecidable", report_id=str(facts.report_id), error=type(error).__name__
            )
            return fail_safe(self.bundle, facts, moment)


def from_preparation(
    records: Sequence[Record], prepared: Prepared
) -> list[tuple[Envelope, Considered]]:
    """The prepared reports of these records; empty unless all of them were prepared."""
    streams = dict.fromkeys((record.key or b"").decode() for record in records)
    ids = [id_in(stream) for stream in streams if stream.startswith(REPORTS)]
    found = [prepared[each] for each in ids if each in prepared]
    return found if len(found) == len(ids) else []


async def retract(
    triage: Triage, connection: Connection, retracted: LinkRetracted, occasion: Occasion
) -> bool:
    """Take a link back inside the caller's transaction; False when there is no such link.

    The report becomes its own anchor. Reports linked through it keep their anchor, which is the
    first report of the incident and never this one.
    """
    stream = triage_stream(retracted.report_id)
    past = await triage.events.read(connection, stream)
    linked = {
        link.report_id
        for envelope in past
        if isinstance(envelope.data, ReportTriaged)
        for link in envelope.data.links
        if link.relation == "same"
    }
    taken_back = {e.data.other_id for e in past if isinstance(e.data, LinkRetracted)}
    if retracted.other_id not in linked - taken_back:
        return False
    decided = Decided(stream, len(past), (retracted,), occasion)
    await triage.events.append(connection, [decided], retracted.retracted_at)
    await store.set_anchors(connection, [(retracted.report_id, retracted.report_id)])
    return True


def keyed_hash(key: bytes, value: str) -> int:
    """The token of a value in a table: a keyed hash as a signed 64-bit integer."""
    digest = blake2b(value.encode(errors="surrogatepass"), digest_size=8, key=key).digest()
    return int.from_bytes(digest, "big", signed=True)


def _facts(envelope: Envelope) -> ReportFacts:
    submitted = cast("ReportSubmitted", envelope.data)
    statement = submitted.statement.value
    texts = (statement.description, statement.location_text) if statement else ()
    return ReportFacts(
        report_id=id_in(envelope.stream_id),
        submitted=submitted,
        text=" ".join(filter(None, texts)),
        purpose=envelope.purpose,
        received_at=envelope.recorded_at,
        place=statement.location_text if statement else None,
        vehicles=statement.vehicles if statement else (),
        contact=submitted.contact.value if submitted.contact else None,
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
