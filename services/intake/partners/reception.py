"""Commit partners' records: each event once, with its reply, in the caller's transaction.

All are processed together first. If one of them cannot be stored, each is processed on a savepoint
of its own, and the failing one becomes a dead letter, so that it does not block the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from events.codec import TooLargeError
from events.envelope import report_stream
from services.intake import dead_letters, store
from services.intake.domain.arrival import Earlier, Repeat, Supplement, judge
from services.intake.domain.inbound import PartnerReport, RefusedError, read_partner_event
from services.intake.domain.numbers import report_number
from services.intake.domain.referral_answer import AnsweredReferral
from services.intake.partners import claimed_ids, facts
from services.intake.partners.arriving import Arrival, refuse
from services.intake.partners.batch import Batch
from services.intake.partners.outcome import PartnerOutcome, reply
from services.intake.partners.referrals import Referral, referred
from services.intake.supplements import hand_off
from services.runtime.clock import now
from services.runtime.database import TRANSIENT
from services.runtime.event_store import ConflictError, send
from services.runtime.keyring import DestroyedError
from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.intake import ReportSubmitted
    from events.topics import Topics
    from services.intake.handlers import Intake
    from services.runtime.database import Connection
    from services.runtime.event_store import Decided
    from services.runtime.kafka import Record

NOT_REFERRED = "report_number: nothing of this number is referred to you"
TOO_LARGE = "the event is too large to be kept: send less text, or fewer unknown fields"
ERASED = "what this id belongs to takes no additions any more: send a new event with its own id"


@dataclass(frozen=True, slots=True)
class Receiving:
    """Receives partners' records. `through` is the transport: kafka or http."""

    intake: Intake
    topics: Topics
    through: str = "kafka"

    async def receive(
        self, connection: Connection, records: Sequence[tuple[str, Record]], moment: datetime
    ) -> list[PartnerOutcome]:
        """Commit these records of partners; gives the outcome of each, in order."""
        arrivals = [self._arrival(partner, record, moment) for partner, record in records]
        try:
            async with connection.transaction():
                return await self._process_all(connection, arrivals, moment)
        except (*TRANSIENT, ConflictError):
            raise
        except Exception as error:
            logger().warning("partners.one-by-one", error=type(error).__name__)
        return [await self._process_alone(connection, arrival, moment) for arrival in arrivals]

    def read(self, record: Record, moment: datetime) -> PartnerReport | AnsweredReferral:
        """The fact in a record of a partner's topic; RefusedError when it cannot be used."""
        partner = self.topics.partner_of(record.topic)
        if partner is None:
            raise RefusedError("not a partner's topic")
        profile = self.intake.profile
        return read_partner_event(
            partner, record.headers, record.value, profile.known_types, profile.zone, moment
        )

    def _arrival(self, partner: str, record: Record, moment: datetime) -> Arrival:
        try:
            return Arrival(partner, record, self.read(record, moment))
        except RefusedError as error:
            return Arrival(partner, record, None, error)
        except Exception as error:
            logger().error("partners.unreadable", error=type(error).__name__)
            return Arrival(partner, record, None, RefusedError("the event cannot be read"))

    async def _process_alone(
        self, connection: Connection, arrival: Arrival, moment: datetime
    ) -> PartnerOutcome:
        """Process one arrival on its own savepoint; if it cannot be stored it becomes a dead
        letter.
        """
        try:
            async with connection.transaction():
                (outcome,) = await self._process_all(connection, [arrival], moment)
                return outcome
        except (*TRANSIENT, ConflictError):
            raise
        except Exception as error:
            logger().error("partners.unusable", error=type(error).__name__)
            refusal = RefusedError(_reason(error))
        (outcome,) = await self._process_all(
            connection, [replace(arrival, refusal=refusal)], moment
        )
        return outcome

    async def _process_all(
        self, connection: Connection, arrivals: Sequence[Arrival], moment: datetime
    ) -> list[PartnerOutcome]:
        batch = await self._begin(connection, arrivals)
        moment = max(
            moment, now()
        )  # after a concurrent transaction, so that times in a stream never decrease
        for arrival in arrivals:
            try:
                if arrival.refusal:
                    raise arrival.refusal
                batch.outcome.append(self._process(batch, arrival, moment))
            except RefusedError as error:
                refused = refuse(self.intake.profile, arrival, error)
                batch.refuse(refused, rescue=arrival.answered)
        if batch.rescues:
            rescues = list(batch.rescues.values())
            batch.rescued(await self._process_all(connection, rescues, moment))
        await self._commit(connection, batch, moment)
        return batch.outcome

    async def _begin(self, connection: Connection, arrivals: Sequence[Arrival]) -> Batch:
        """Lock the histories of the ids, and claim those that are new."""
        facts = [a.fact for a in arrivals if a.fact and not a.refusal]
        answers = [fact for fact in facts if isinstance(fact, AnsweredReferral)]
        partners = sorted({fact.reference.partner for fact in answers})
        numbers = sorted({fact.report_number for fact in answers})
        referrals = await referred(connection, partners, numbers)
        pasts = await claimed_ids.earlier_of(connection, [fact.cause_id for fact in facts])
        new = {
            fact.cause_id: fact
            for fact in reversed(facts)
            if fact.cause_id not in pasts and self._may_claim(fact, referrals)
        }
        unclaimed = await self._claim(connection, list(new.values()))
        if raced := [cause for cause in new if cause not in unclaimed]:
            pasts |= await claimed_ids.earlier_of(connection, raced)
        streams = [report_stream(cause) for cause in pasts]
        streams += [report_stream(each.report_id) for each in referrals.values()]
        versions = await claimed_ids.versions_of(connection, streams) if streams else {}
        return Batch(pasts, unclaimed, versions, referrals)

    @staticmethod
    def _may_claim(
        fact: PartnerReport | AnsweredReferral, referrals: dict[tuple[str, str], Referral]
    ) -> bool:
        return isinstance(fact, PartnerReport) or _referral(fact, referrals) is not None

    async def _claim(
        self, connection: Connection, facts: Sequence[PartnerReport | AnsweredReferral]
    ) -> dict[UUID, str]:
        """The ids claimed by this transaction, each with a report number."""
        counters = await store.next_counters(connection, len(facts)) if facts else []
        claims = [
            claimed_ids.Claim(
                fact.cause_id,
                fact.digest,
                report_number(counter) if isinstance(fact, PartnerReport) else fact.report_number,
                fact.reference.partner,
                fact.reference.external_id,
                fact.source,
                fact.type,
            )
            for fact, counter in zip(facts, counters, strict=True)
        ]
        taken = await claimed_ids.claim(connection, claims)
        return {each.cause_id: each.report_number for each in claims if each.cause_id in taken}

    def _process(self, batch: Batch, arrival: Arrival, moment: datetime) -> PartnerOutcome:
        """Process one fact; RefusedError when it contradicts the id's history."""
        fact = arrival.fact
        assert fact is not None
        number = batch.unclaimed.pop(fact.cause_id, None)
        if number is not None:
            batch.pasts[fact.cause_id] = Earlier(number, fact.source, fact.type, {fact.digest: 1})
            outcome = self._new_event(batch, fact, number, moment)
        elif fact.cause_id not in batch.pasts:
            raise RefusedError(NOT_REFERRED)
        else:
            outcome = self._known_event(batch, fact, batch.pasts[fact.cause_id], moment)
        if arrival.answered and not outcome.repeated:
            batch.replies.append(reply(self.topics, self.intake.profile, outcome, moment))
        return outcome

    def _new_event(
        self, batch: Batch, fact: PartnerReport | AnsweredReferral, number: str, moment: datetime
    ) -> PartnerOutcome:
        if isinstance(fact, AnsweredReferral):
            referral = _referral(fact, batch.referrals)
            assert referral is not None
            version = batch.versions[report_stream(referral.report_id)]
            batch.add(facts.answered(fact, referral, version, self.through))
            return self._accepted(fact, number, 1, moment)
        decided, event = self._decide(fact, number, moment)
        batch.add(decided)
        batch.reports.append((fact.cause_id, event, decided.occasion.purpose))
        return self._accepted(fact, event.report_number, 1, moment)

    def _known_event(
        self, batch: Batch, fact: PartnerReport | AnsweredReferral, past: Earlier, moment: datetime
    ) -> PartnerOutcome:
        judged = judge(fact, past)
        match judged:
            case Repeat(revision):
                outcome = self._accepted(fact, past.report_number, revision, moment)
                return replace(outcome, repeated=True)
            case Supplement(revision):
                assert isinstance(fact, PartnerReport)
                version = batch.versions[report_stream(fact.cause_id)]
                decided, event = facts.changed(
                    self.intake.profile,
                    fact,
                    past.report_number,
                    revision,
                    version,
                    self.through,
                    moment,
                )
                batch.add(decided)
                batch.supplements.append((fact.cause_id, event, decided.occasion.purpose))
                past.revisions[fact.digest] = revision
                return self._accepted(fact, past.report_number, revision, moment)

    def _decide(
        self, report: PartnerReport, number: str, moment: datetime
    ) -> tuple[Decided, ReportSubmitted]:
        return facts.first(self.intake.profile, report, number, self.through, moment)

    def _accepted(
        self, fact: PartnerReport | AnsweredReferral, number: str, revision: int, moment: datetime
    ) -> PartnerOutcome:
        purpose, outcome, warnings = fact.purpose, facts.NOTHING, fact.warnings
        if isinstance(fact, PartnerReport):
            purpose = facts.purpose_of(fact, moment)
            outcome = facts.assessment_of(self.intake.profile, fact, purpose).outcome
        return PartnerOutcome(
            partner=fact.reference.partner,
            event_id=fact.reference.external_id,
            cause_id=fact.cause_id,
            digest=fact.digest,
            status="accepted",
            emergency=outcome,
            purpose=purpose,
            report_number=number,
            revision=revision,
            warnings=warnings,
        )

    async def _commit(self, connection: Connection, batch: Batch, moment: datetime) -> None:
        await self.intake.events.append(connection, batch.decided, moment)
        if batch.reports:
            rows = [(report_id, event, None) for report_id, event, _ in batch.reports]
            purposes = [purpose for *_, purpose in batch.reports]
            await store.add_reports(connection, rows, purposes, moment)
        for report_id, event, purpose in batch.supplements:
            await hand_off(connection, report_id, event, purpose, moment)
        rows_told = [row for outcome in batch.outcome if (row := outcome.row())]
        await claimed_ids.record(connection, rows_told, moment)
        await send(connection, batch.replies, moment)
        keyring = self.intake.keyring
        await dead_letters.keep(connection, keyring, self.topics, batch.letters, moment)


def _referral(
    fact: AnsweredReferral, referrals: dict[tuple[str, str], Referral]
) -> Referral | None:
    """The answered referral; an exercise answers exercises only."""
    found = referrals.get((fact.reference.partner, fact.report_number))
    drill = fact.purpose == "exercise"
    return found if found and (found.purpose == "exercise") == drill else None


def _reason(error: Exception) -> str:
    """Why an event could not be stored, for the partner."""
    if isinstance(error, TooLargeError):
        return TOO_LARGE
    return ERASED if isinstance(error, DestroyedError) else "the event cannot be stored"
