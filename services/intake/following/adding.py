"""Commit an action of a reporting party: once for a key, one at a time for a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from events.codec import decode
from events.envelope import Actor, Cause, CauseKind, report_stream
from events.intake import ReportSubmitted, ReportSupplemented, ReportWithdrawn
from events.registry import NAMES
from services.intake import details, store
from services.intake.following import contact_preferences
from services.intake.handlers import OUTBOX
from services.intake.supplements import hand_off
from services.runtime.clock import now
from services.runtime.event_store import ConflictError, Decided, Occasion
from services.runtime.idempotency import IdempotencyKey, once
from services.runtime.keyring import DestroyedError
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from uuid import UUID

    from events.envelope import Envelope, Event, Purpose
    from events.intake import Channel
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

TRIES = 3
STATE_SQL = """
select (select body from events where stream_id = %(stream)s and version = 1),
       (select max(version) from events where stream_id = %(stream)s),
       exists (select from events where stream_id = %(stream)s and type = %(withdrawn)s)
"""


@dataclass(frozen=True, slots=True)
class FollowUpRequest:
    """A request with verified number and PIN; a repeated key gets the first answer."""

    row: store.ReportRow
    channel: Channel
    key: str | None
    request: bytes


@dataclass(frozen=True, slots=True)
class ReportState:
    """The report's state when something is added, locked until commit."""

    row: store.ReportRow
    first: Envelope
    version: int
    withdrawn: bool

    @property
    def submitted(self) -> ReportSubmitted:
        """The first event of the report."""
        return cast("ReportSubmitted", self.first.data)

    @property
    def purpose(self) -> Purpose:
        """The report's purpose: a supplement to an exercise is an exercise."""
        return self.first.purpose


if TYPE_CHECKING:
    Decide = Callable[[Connection, ReportState], Awaitable[tuple[Event, ...]]]


async def add(
    intake: Intake, asked: FollowUpRequest, decide: Decide, moment: datetime
) -> dict[str, Any]:
    """Commit the events that `decide` gives for the report; gives the names of the events.

    ProblemError 410 when its personal data was erased, so that nothing can be stored under it.
    """
    for again in reversed(range(TRIES)):
        try:
            answer = await _try(intake, asked, decide, moment)
        except ConflictError:
            if not again:
                raise
        except DestroyedError:
            raise ProblemError(
                410,
                "erased",
                "Nothing can be added to this report any more",
                "What was personal in it was erased. File a new report.",
            ) from None
        else:
            intake.wake.notify(OUTBOX)
            return answer
    raise AssertionError


async def _try(
    intake: Intake, asked: FollowUpRequest, decide: Decide, moment: datetime
) -> dict[str, Any]:
    report_id = asked.row.report_id
    async with intake.pool.connection() as connection, connection.transaction():

        async def append(command_id: UUID) -> dict[str, Any]:
            await store.lock_report(connection, report_id)
            report_state = await _report_state(connection, asked.row)
            # after a concurrent transaction, so that times in a stream never decrease
            then = max(moment, now())
            events = await decide(connection, report_state)
            occasion = Occasion(
                actor=Actor("reporting-party", "self", asked.channel),
                purpose=report_state.purpose,
                cause=Cause(CauseKind.COMMAND, command_id),
                correlation_id=report_id,
                handler="follow-up",
            )
            if events:
                decided = Decided(report_stream(report_id), report_state.version, events, occasion)
                await intake.events.append(connection, [decided], then)
            for event in events:
                await _carry_out(intake, connection, report_state, event, then)
            return {
                "report_number": asked.row.report_number,
                "added": [NAMES[type(event)] for event in events],
            }

        return await once(connection, intake.keyring, _idempotency_key(asked), moment, append)


def _idempotency_key(asked: FollowUpRequest) -> IdempotencyKey | None:
    if not asked.key:
        return None
    return IdempotencyKey(f"follow-up/{asked.row.report_id}", asked.key, asked.request)


async def _report_state(connection: Connection, row: store.ReportRow) -> ReportState:
    stream = report_stream(row.report_id)
    cursor = await connection.execute(
        STATE_SQL, {"stream": stream, "withdrawn": NAMES[ReportWithdrawn]}
    )
    found = await cursor.fetchone()
    assert found is not None
    body, version, withdrawn = found
    return ReportState(row, decode(bytes(body)), version, withdrawn)


async def _carry_out(
    intake: Intake,
    connection: Connection,
    report_state: ReportState,
    event: Event,
    moment: datetime,
) -> None:
    """Update intake's own tables for an appended event."""
    report_id = report_state.row.report_id
    match event:
        case ReportSupplemented():
            await _supplemented(intake, connection, report_state, event, moment)
        case ReportWithdrawn():
            await store.keep_from_public(connection, report_id)
        case _:
            await contact_preferences.follow_event(connection, report_id, event, moment)


async def _supplemented(
    intake: Intake,
    connection: Connection,
    report_state: ReportState,
    event: ReportSupplemented,
    moment: datetime,
) -> None:
    row = report_state.row
    if event.contact:
        filed_on = row.submitted_at.astimezone(intake.profile.zone).date()
        reporter = details.Reporter(
            row.report_id, event.contact.value, row.type, event.emergency, filed_on
        )
        await details.store_details(connection, intake.keyring, reporter)
        if reporter.contact and reporter.contact.safe_to_contact is False:
            await details.delete_details(connection, row.report_id)
    await hand_off(connection, row.report_id, event, report_state.purpose, moment)
