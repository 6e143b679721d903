"""Load · decide · commit: for triaged reports in batches, for staff commands one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid5

from events.codec import decode
from events.envelope import Actor, Cause, CauseKind, Purpose, call_stream
from events.triage import ReportTriaged
from services.casework import store
from services.casework.domain.commands import PlaceHold, Review, TakeReport
from services.casework.domain.decide import DECIDER, RefusedError
from services.runtime.clock import now
from services.runtime.commands import decide_and_append, load
from services.runtime.event_store import Decided, Occasion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from events.casework import CaseworkEvent
    from events.envelope import Envelope
    from services.casework.domain.call import Call
    from services.casework.domain.commands import CaseCommand
    from services.runtime.database import Connection, Pool
    from services.runtime.event_store import EventStore
    from services.runtime.kafka import Record
    from services.runtime.wake import Wake

OUTBOX = "casework.outbox"
CALLS = UUID("9a3c51d4-5b0b-5c3e-9d0c-2f1de8a4c977")
"""Name space of call ids: the id derives from the incident's anchor report."""
SOFTWARE = Actor("casework", "department", "software")


@dataclass(frozen=True, slots=True)
class Casework:
    """What casework's handlers need; built once in `app.py`."""

    pool: Pool
    events: EventStore
    wake: Wake

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        """Open calls for triaged reports, or attach them; the caller's transaction moves the
        position.
        """
        envelopes = [decode(record.value or b"") for record in records]
        triaged = [e for e in envelopes if isinstance(e.data, ReportTriaged)]
        await self.events.append(connection, await self._decided(connection, triaged), now())
        decisions = [cast("ReportTriaged", envelope.data) for envelope in triaged]
        numbers = [(each.report_number, call_id(each.anchor)) for each in decisions]
        await store.remember_numbers(connection, numbers)

    async def _decided(self, connection: Connection, triaged: Sequence[Envelope]) -> list[Decided]:
        """The events for the calls of these reports, one report after the other."""
        streams = {e.event_id: call_stream(call_id(e.data.anchor)) for e in triaged}  # type: ignore[attr-defined]
        loaded = await self.events.read_many(connection, list(set(streams.values())))
        calls = {name: _loaded(loaded.get(name, [])) for name in set(streams.values())}
        decided: list[Decided] = []
        for envelope in triaged:
            stream, decision = streams[envelope.event_id], cast("ReportTriaged", envelope.data)
            version, call = calls[stream]
            events = tuple(DECIDER.decide(_take_report(decision), call))
            calls[stream] = version + len(events), _fold(call, events)
            decided.append(Decided(stream, version, events, _caused_by(envelope)))
        return decided


def call_id(anchor: UUID) -> UUID:
    """The call id of the incident whose first report is `anchor`."""
    return uuid5(CALLS, str(anchor))


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A staff command: its call, actor, and the version that was seen."""

    number: str
    command: CaseCommand
    seen_version: int
    command_id: UUID
    actor: Actor


async def perform(
    casework: Casework, connection: Connection, asked: CallRequest, moment: datetime
) -> int:
    """Apply a staff command inside the caller's transaction; gives the call's version afterwards.

    RefusedError when the rules do not allow it, StaleError when the author saw another version.
    """
    found = await store.find_call(connection, asked.number)
    if found is None:
        raise RefusedError("there is no such call for service", "an existing number")
    if isinstance(asked.command, PlaceHold):
        await store.lock_call(connection, found)
    loaded = await load(casework.events, connection, call_stream(found), DECIDER)
    loaded.check_seen(asked.seen_version)
    command = await _numbered(connection, asked.command, loaded.state, moment)
    occasion = Occasion(
        asked.actor, Purpose.LIVE, Cause(CauseKind.COMMAND, asked.command_id), found, "command"
    )
    events = await decide_and_append(
        casework.events,
        connection,
        loaded,
        DECIDER,
        command,
        occasion,
        moment,
    )
    if isinstance(command, Review) and command.case_number and events:
        await store.remember_numbers(connection, [(command.case_number, found)])
    return loaded.version + len(events)


async def current_version(
    casework: Casework, connection: Connection, number: str
) -> tuple[UUID, int, Call] | None:
    """The call of a number with its version; None when there is none."""
    found = await store.find_call(connection, number)
    if found is None:
        return None
    loaded = await load(casework.events, connection, call_stream(found), DECIDER)
    return found, loaded.version, loaded.state


async def _numbered(
    connection: Connection, command: CaseCommand, call: Call, moment: datetime
) -> CaseCommand:
    """An accepting review gets the next case number, unless the call has one."""
    if isinstance(command, Review) and command.outcome == "accepted" and not call.case_number:
        return replace(command, case_number=await store.next_case_number(connection, moment.year))
    return command


def _loaded(envelopes: Sequence[Envelope]) -> tuple[int, Call]:
    facts = [cast("CaseworkEvent", envelope.data) for envelope in envelopes]
    return len(facts), DECIDER.fold(facts)


def _fold(call: Call, events: Iterable[CaseworkEvent]) -> Call:
    for event in events:
        call = DECIDER.evolve(call, event)
    return call


def _take_report(decision: ReportTriaged) -> TakeReport:
    return TakeReport(
        report_id=decision.report_id,
        report_number=decision.report_number,
        type=decision.type,
        urgency=decision.urgency,
        severity=decision.severity,
        emergency=decision.emergency,
        desk=decision.desk,
        district=decision.district,
    )


def _caused_by(envelope: Envelope) -> Occasion:
    return Occasion(
        SOFTWARE, envelope.purpose, envelope.as_cause(), envelope.correlation_id, "take-report"
    )
