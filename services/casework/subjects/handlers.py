"""Load · decide · commit for personal data; an erasure destroys the keys before it commits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.envelope import Actor, Cause, CauseKind, Purpose, subject_stream
from events.moment import timestamp
from events.subjects import SubjectErased, SubjectSealed, SubjectUnsealed
from services.agency.retention import RETENTION_BASIS
from services.casework.domain.decide import RefusedError
from services.casework.domain.subject_commands import RequestErasure, Seal, Unseal
from services.casework.domain.subject_rules import DECIDER
from services.casework.subjects.loading import keys_of, load
from services.runtime.commands import Loaded as Stream
from services.runtime.commands import StaleError, decide_and_append
from services.runtime.destruction import destroy, set_sealed
from services.runtime.event_store import Occasion
from services.runtime.register import Destruction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from events.subjects import SubjectEvent
    from services.agency.retention import Act, Retention
    from services.casework.domain.subject_commands import SubjectCommand
    from services.casework.handlers import Casework
    from services.casework.subjects.loading import Loaded
    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring
    from services.runtime.register import Register

UNKNOWN = RefusedError("there is no such report", "an existing number")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the handlers of personal data need; built once in `app.py`."""

    casework: Casework
    keyring: Keyring
    register: Register | None
    retention: Retention
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """A command about a report's personal data: its actor, and the version that was seen."""

    number: str
    command: SubjectCommand
    seen_version: int
    command_id: UUID
    actor: Actor


async def perform(
    subjects: Subjects, connection: Connection, asked: SubjectRequest, moment: datetime
) -> int:
    """Apply a command inside the caller's transaction; gives the version afterwards.

    RefusedError when the rules do not allow it, StaleError when the author saw another version.
    """
    loaded = await load(subjects.casework, subjects.keyring, connection, asked.number)
    if loaded is None:
        raise UNKNOWN
    if loaded.version != asked.seen_version:
        raise StaleError(loaded.version)
    _check_basis(subjects, asked.command, loaded, moment)
    occasion = Occasion(
        asked.actor,
        Purpose.LIVE,
        Cause(CauseKind.COMMAND, asked.command_id),
        loaded.report_id,
        "command",
    )
    events = await decide_and_append(
        subjects.casework.events,
        connection,
        Stream(subject_stream(loaded.report_id), loaded.version, loaded.subject),
        DECIDER,
        asked.command,
        occasion,
        moment,
    )
    await _carry_out(subjects, connection, loaded.report_id, events, moment)
    return loaded.version + len(events)


def _check_basis(
    subjects: Subjects, command: SubjectCommand, loaded: Loaded, moment: datetime
) -> None:
    """Check that the basis is in force today, and that a disposal is due."""
    today = moment.astimezone(subjects.zone).date()
    act: Act
    match command:
        case RequestErasure():
            act = "erase"
        case Seal():
            act = "seal"
        case Unseal():
            act = "unseal"
        case _:
            return
    if subjects.retention.basis(command.basis, act, today) is None:
        allowed = ", ".join(subjects.retention.codes(act, today))
        raise RefusedError(f"this is no legal basis to {act} on", f"one of {allowed}")
    if command.basis == RETENTION_BASIS and loaded.closed_at is not None:
        _check_due(subjects, loaded, loaded.closed_at.astimezone(subjects.zone).date(), today)


def _check_due(subjects: Subjects, loaded: Loaded, closed_on: date, today: date) -> None:
    due = subjects.retention.due(loaded.type, loaded.outcome, closed_on, today)
    if due is None:
        raise RefusedError("no rule of the schedule applies", "another legal basis")
    if due.on > today:
        raise RefusedError("the retention period is not over", f"a request from {due.on} on")


async def _carry_out(
    subjects: Subjects,
    connection: Connection,
    report_id: UUID,
    events: Sequence[SubjectEvent],
    moment: datetime,
) -> None:
    for event in events:
        match event:
            case SubjectErased():
                await _erase(subjects, connection, event, moment)
            case SubjectSealed():
                await set_sealed(connection, keys_of(report_id), sealed=True)
            case SubjectUnsealed():
                await set_sealed(connection, keys_of(report_id), sealed=False)
            case _:
                pass


async def _erase(
    subjects: Subjects, connection: Connection, event: SubjectErased, moment: datetime
) -> None:
    """Destroy the keys, and write the register last before the commit.

    If the process dies in between, the keys are destroyed at the next start from the register, and
    the approval can be repeated.
    """
    if subjects.register is None:
        raise RefusedError("there is no register of destroyed keys", "BLOTTER_KEYS to be set")
    await destroy(connection, [(key.subject, moment) for key in event.keys])
    lines = [
        Destruction(key.subject, key.fingerprint, timestamp(moment), str(event.request_id))
        for key in event.keys
    ]
    await asyncio.to_thread(subjects.register.add, lines)
