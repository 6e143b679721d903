"""Following a report by number and PIN; guessing reveals nothing."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from events.codec import decode
from events.envelope import report_stream
from events.intake import (
    AttachmentAdded,
    ContactRulesStated,
    ReferralAnswerReceived,
    ReportSupplemented,
    ReportWithdrawn,
)
from services.intake import guesses, store
from services.intake.domain.numbers import normalise
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from events.envelope import Envelope
    from services.agency.site import ExpectedStep
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

LIMIT = guesses.Limit(10, timedelta(days=1), timedelta(minutes=15))
PROGRESS_SQL = """
select triaged_at, opened_at, accepted_at, assigned_at, closed_at, status, desk, call_number
from projections.report_progress where report_number = %s
"""
OWN_SQL = "select body from events where stream_id = %s and version > 1 order by version"
STEPS = (
    "received",
    "assessed and routed",
    "opened as a call for service",
    "accepted as a case",
    "assigned to an officer",
    "closed",
)
CODES = ("received", "assessed", "opened", "accepted", "assigned", "closed")
"""Codes of the steps, for clients that use their own texts."""
PUBLIC_STATUS = {
    "open": "waiting for review",
    "under-investigation": "under investigation",
    "resolved": "closed: see the outcome with the department",
    "kept-for-statistics": "kept as information only",
}
OWN_STEPS = {
    "supplemented": "information added",
    "corrected": "corrected",
    "withdrawn": "withdrawn by the reporting party",
    "attached": "file added",
    "contact-rules": "safe ways of contact stated",
    "referral-accepted": "accepted by the other office",
    "referral-declined": "declined by the other office",
    "referral-in-progress": "in progress at the other office",
    "referral-completed": "completed by the other office",
}
"""Steps of supplements and of referral answers."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the report; `expected_on` is the date promised by another office."""

    code: str
    at: datetime
    expected_on: date | None = None
    number: str | None = None

    def shown(self) -> dict[str, Any]:
        """The step as JSON for the API."""
        words = OWN_STEPS | dict(zip(CODES, STEPS, strict=True))
        details = {name: value for name, value in asdict(self).items() if value is not None}
        return {"step": words[self.code], **details}


def unknown() -> ProblemError:
    """The same problem for a wrong number, a wrong PIN and too many tries."""
    return ProblemError(
        404,
        "no-such-report",
        "No report has this number and PIN",
        "Check both. After ten wrong PINs a report is locked for 15 minutes.",
    )


async def let_in(intake: Intake, given_number: str, pin: str, moment: datetime) -> store.ReportRow:
    """The report of this number and PIN; a wrong one gives one problem, after the same amount of
    work.
    """
    number = normalise(given_number)
    async with intake.pool.connection() as connection, connection.transaction():
        place = f"pin/{number or given_number[:40]}"
        entered = await guesses.enter(connection, intake.keyring, place, LIMIT, moment)
        row = await store.find_report(connection, number or "")
        stored = row.pin_hash if row and not entered.locked else None
        right = await asyncio.to_thread(_matches, intake, stored, pin)
        await guesses.leave(connection, entered, moment, right=right)
    if row is None or not right:
        raise unknown()
    return row


def _matches(intake: Intake, stored: str | None, pin: str) -> bool:
    """Takes the same time whether the number exists or not."""
    matches = intake.pins.matches(stored or intake.pins.decoy, pin)
    return matches and stored is not None


async def follow(
    intake: Intake,
    given_number: str,
    pin: str,
    moment: datetime,
    expected: Mapping[ExpectedStep, int] | None = None,
) -> dict[str, Any]:
    """Status and public timeline; the same problem whether the number or the PIN is wrong."""
    row = await let_in(intake, given_number, pin, moment)
    async with intake.pool.connection() as connection:
        return await progress(connection, row, moment, expected or {})


async def progress(
    connection: Connection,
    row: store.ReportRow,
    moment: datetime,
    expected: Mapping[ExpectedStep, int],
) -> dict[str, Any]:
    """Status and timeline of a report, as its reporting party may see them.

    `expected`: hours after the report within which each step should be taken.
    """
    cursor = await connection.execute(PROGRESS_SQL, [row.report_number])
    *moments, status, desk, call_number = await cursor.fetchone() or (None,) * 8
    taken = dict(zip(CODES, [row.submitted_at, *moments], strict=True))
    cursor = await connection.execute(OWN_SQL, [report_stream(row.report_id)])
    own = [decode(bytes(body)) for (body,) in await cursor.fetchall()]
    steps = [Step(code, at) for code, at in taken.items() if at] + list(_own_steps(own))
    steps.sort(key=lambda step: step.at)
    last = next(code for code in reversed(CODES) if taken[code])
    return {
        "report_number": row.report_number,
        "status": PUBLIC_STATUS.get(status, STEPS[CODES.index(last)]),
        "status_code": status or last,
        "withdrawn": any(step.code == "withdrawn" for step in steps),
        "desk": desk,
        "call_number": call_number,
        "timeline": [step.shown() for step in steps],
        "expected": _expected(taken, expected, moment),
    }


def _own_steps(envelopes: list[Envelope]) -> Iterator[Step]:
    for envelope in envelopes:
        at = envelope.recorded_at
        match envelope.data:
            case ReportSupplemented(corrects=corrects):
                yield Step("corrected" if corrects else "supplemented", at)
            case ReportWithdrawn():
                yield Step("withdrawn", at)
            case AttachmentAdded():
                yield Step("attached", at)
            case ContactRulesStated():
                yield Step("contact-rules", at)
            case ReferralAnswerReceived(answer=answer, expected_on=on, number=number):
                yield Step(f"referral-{answer}", at, on, number)
            case _:
                pass


def _expected(
    taken: Mapping[str, datetime | None], hours: Mapping[ExpectedStep, int], moment: datetime
) -> list[dict[str, Any]]:
    """The time by which each open step should be taken; empty once the report is closed."""
    received = taken["received"]
    if received is None or taken["closed"]:
        return []
    return [
        {"code": code, "step": STEPS[CODES.index(code)], "by": by, "late": by < moment}
        for code, within in sorted(hours.items(), key=lambda step: CODES.index(step[0]))
        if not taken[code]
        for by in [received + timedelta(hours=within)]
    ]
