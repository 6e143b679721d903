"""Load · decide · commit for requests of public records; dates come from the agency's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from events.envelope import Actor, Cause, CauseKind, Purpose
from services.agency.retention import HolidaysUnknownError
from services.casework import store
from services.casework.domain.decide import RefusedError
from services.casework.domain.records_request import DECIDER, Extend, Receive
from services.runtime.commands import decide_and_append, load
from services.runtime.event_store import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from services.agency.retention import RecordsClock
    from services.casework.domain.records_request import RecordsCommand
    from services.casework.subjects.handlers import Subjects
    from services.runtime.database import Connection

REQUESTS = UUID("c3c5f9b5-0a41-53c8-9a53-6ea0a7c3d0f1")
"""Name space of request ids, derived from the receiving command's id."""


@dataclass(frozen=True, slots=True)
class RecordsCommandRequest:
    """A command about a request: its actor, and the version that was seen."""

    number: str
    command: RecordsCommand
    seen_version: int
    command_id: UUID
    actor: Actor


def request_stream(request_id: UUID) -> str:
    """The stream of a request."""
    return f"records-request-{request_id}"


async def receive(
    office: Subjects,
    connection: Connection,
    received_on: date,
    reports: tuple[str, ...],
    command_id: UUID,
    actor: Actor,
    moment: datetime,
) -> tuple[str, date]:
    """Register a request inside the caller's transaction; gives its number and due date."""
    if received_on > moment.astimezone(office.zone).date():
        raise RefusedError("the day of receipt is still to come", "today or earlier")
    due_on = _after(office, received_on, lambda clock: clock.answer_business_days)
    for report in reports:
        if await store.find_call(connection, report) is None:
            raise RefusedError(f"there is no report {report}", "numbers of existing records")
    request_id = uuid5(REQUESTS, str(command_id))
    number = await store.next_request_number(connection, received_on.year, request_id)
    command = Receive(number, received_on, due_on, tuple(sorted(set(reports))))
    await _commit(
        office,
        connection,
        request_id,
        RecordsCommandRequest(number, command, 0, command_id, actor),
        moment,
    )
    return number, due_on


async def perform(
    office: Subjects, connection: Connection, asked: RecordsCommandRequest, moment: datetime
) -> int:
    """Apply a command inside the caller's transaction; gives the version afterwards."""
    request_id = await store.find_request(connection, asked.number)
    if request_id is None:
        raise RefusedError("there is no such request", "an existing number")
    return await _commit(office, connection, request_id, asked, moment)


async def extension(office: Subjects, connection: Connection, number: str) -> Extend:
    """The command that extends the deadline by all the time the law allows."""
    request_id = await store.find_request(connection, number)
    if request_id is None:
        raise RefusedError("there is no such request", "an existing number")
    stream = request_stream(request_id)
    request = (await load(office.casework.events, connection, stream, DECIDER)).state
    assert request.received is not None
    received_on = request.received.received_on
    return Extend(
        _after(office, received_on, lambda c: c.answer_business_days + c.extension_business_days)
    )


def _after(office: Subjects, received_on: date, days: Callable[[RecordsClock], int]) -> date:
    clock = office.retention.clock(received_on)
    if clock is None:
        raise RefusedError("no clock was in force on that day", "a day the table covers")
    try:
        return office.retention.after_business_days(received_on, days(clock))
    except HolidaysUnknownError as error:
        raise RefusedError(str(error), "a longer table of holidays") from None


async def _commit(
    office: Subjects,
    connection: Connection,
    request_id: UUID,
    asked: RecordsCommandRequest,
    moment: datetime,
) -> int:
    events = office.casework.events
    loaded = await load(events, connection, request_stream(request_id), DECIDER)
    occasion = Occasion(
        asked.actor,
        Purpose.LIVE,
        Cause(CauseKind.COMMAND, asked.command_id),
        request_id,
        "command",
    )
    decided = await decide_and_append(
        events,
        connection,
        loaded,
        DECIDER,
        asked.command,
        occasion,
        moment,
        seen_version=asked.seen_version,
    )
    return loaded.version + len(decided)
