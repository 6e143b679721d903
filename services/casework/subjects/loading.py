"""A report's personal data as decisions need it: its events, its call, its existing keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import InvalidTag

from events.casework import CallOpened, CaseKeptForStatistics, CaseResolved, ReportAttached
from events.envelope import call_stream, report_stream, subject_stream
from events.subjects import DestroyedKey
from services.casework import store
from services.casework.domain.call import CLOSED
from services.casework.domain.decide import DECIDER as CALL
from services.casework.domain.subject import Circumstances, Subject
from services.casework.domain.subject_rules import DECIDER
from services.runtime.destruction import living
from services.runtime.epochs import EpochGoneError
from services.runtime.keyring import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.casework import CaseworkEvent
    from events.envelope import Envelope
    from events.subjects import SubjectEvent
    from services.casework.handlers import Casework
    from services.runtime.database import Connection
    from services.runtime.destruction import LivingKey
    from services.runtime.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Loaded:
    """A report's personal data, and the values that the retention schedule needs of its call."""

    report_id: UUID
    version: int
    subject: Subject
    type: str
    outcome: str
    closed_at: datetime | None


def keys_of(report_id: UUID) -> list[str]:
    """The data subjects of a report: the contact, and the persons in the narrative."""
    return [f"person-{report_id}", report_stream(report_id)]


async def load(
    casework: Casework, keyring: Keyring, connection: Connection, number: str
) -> Loaded | None:
    """The personal data of the report with this number; None when there is none.

    Locks its call until commit, so that no hold is placed meanwhile.
    """
    call_id = await store.find_call(connection, number)
    if call_id is None:
        return None
    await store.lock_call(connection, call_id)
    call = await casework.events.read(connection, call_stream(call_id))
    report_id = _report(call, number)
    if report_id is None:
        return None
    facts = [cast("CaseworkEvent", envelope.data) for envelope in call]
    state = CALL.fold(facts)
    keys = await living(connection, keys_of(report_id))
    now = Circumstances(
        known=True,
        closed=state.status in CLOSED,
        holds=state.holds,
        keys=tuple(_named(keyring, key) for key in keys),
    )
    own = await casework.events.read(connection, subject_stream(report_id))
    subject = Subject(circumstances=now, report_number=number)
    for envelope in own:
        subject = DECIDER.evolve(subject, cast("SubjectEvent", envelope.data))
    opened = next(fact for fact in facts if isinstance(fact, CallOpened))
    closings = [e for e in call if isinstance(e.data, CaseResolved | CaseKeptForStatistics)]
    closed_at = closings[-1].recorded_at if closings else None
    return Loaded(report_id, len(own), subject, opened.type, state.status.value, closed_at)


def _report(call: Sequence[Envelope], number: str) -> UUID | None:
    for envelope in call:
        match envelope.data:
            case CallOpened(report_number=known) | ReportAttached(report_number=known) as event:
                if known == number:
                    return event.report_id
            case _:
                pass
    return None


def _named(keyring: Keyring, key: LivingKey) -> DestroyedKey:
    try:
        mark = fingerprint(keyring.unwrap(key.wrapped, key.subject, key.epoch))
    except (EpochGoneError, InvalidTag):
        mark = "unreadable"
    return DestroyedKey(subject=key.subject, fingerprint=mark, epoch=key.epoch)
