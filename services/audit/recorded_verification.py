"""Verifying the local ledger, or one record in it, as a read that is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.audit.record_verification import verify_record
from services.ledger.verifying.local import verify_database

if TYPE_CHECKING:
    from services.audit.recorded_question import RecordedQuestion
    from services.ledger.verifying.verification import Progress, VerificationRange


async def verify_ledger_recorded(
    question: RecordedQuestion, asked: VerificationRange, progress: Progress
) -> dict[str, Any]:
    """The summary of the verdict on the positions asked for; recorded before it is verified."""
    part = f"positions {asked.first or 0} to {asked.last or 'end'}"
    whole = asked.first is None and asked.last is None
    await question.access.replayed(question.reader, "verify", as_of=None if whole else part)
    asked = replace(asked, origin=question.log.origin)
    return (await verify_database(question.connection, asked, progress)).summary()


async def verify_record_recorded(
    question: RecordedQuestion, number: str, asked: VerificationRange
) -> dict[str, Any]:
    """The summary of the verdict on one record; recorded before it is given."""
    asked = replace(asked, origin=question.log.origin)
    verdict = await verify_record(question.connection, number, asked)
    await question.access.replayed(question.reader, "verify", number=number)
    return verdict.summary()
