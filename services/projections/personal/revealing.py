"""Revealing: who may, for which reason; committed before any value leaves in the clear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.access import PersonalDataRevealed
from events.envelope import report_stream
from events.personal import Personal
from services.access.recording import REVEAL_LASTS
from services.projections.personal.record import load
from services.projections.personal.visibility import MAY_REVEAL, REASONS
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from services.access.reader import Reader
    from services.ledger.app import ReadSide
    from services.projections.personal.record import Record
    from services.runtime.database import Connection
    from services.runtime.identity import Role

LONGEST_EXPLANATION = 500


@dataclass(frozen=True, slots=True)
class RevealRequest:
    """Which fields somebody wants to open, and why."""

    fields: frozenset[str]
    reason: str
    explanation: str = ""


def check(asked: RevealRequest, role: Role) -> None:
    """A problem when the role may not open these fields, or the reason does not say enough."""
    if denied := asked.fields - MAY_REVEAL[role]:
        raise ProblemError(
            403,
            "reveal-role",
            f"The role {role.value} may not open this",
            f"Not open to it: {', '.join(sorted(denied))}.",
        )
    if not asked.fields or asked.reason not in REASONS:
        raise ProblemError(
            422,
            "reveal",
            "Say what to open and why",
            f"Choose at least one field, and a reason: {', '.join(REASONS)}.",
        )
    if len(asked.explanation) > LONGEST_EXPLANATION:
        raise ProblemError(422, "reveal", f"Explain in at most {LONGEST_EXPLANATION} characters")
    if asked.reason == "other" and not asked.explanation:
        raise ProblemError(422, "reveal", "Another reason has to be explained")


async def reveal(
    read_side: ReadSide,
    reader: Reader,
    role: Role,
    number: str,
    asked: RevealRequest,
    moment: datetime,
) -> Record:
    """Open what was asked for, of what is there now, to this session for a time."""
    check(asked, role)
    async with read_side.pool.connection() as connection:
        record = await load(connection, read_side.keyring, number)
        fields = asked.fields & record.personal()
        if not fields:
            raise ProblemError(409, "nothing-to-reveal", "This record holds nothing of that kind")
        explanation = await _explanation(read_side, connection, record, asked.explanation)
    event = PersonalDataRevealed(
        role=role.value,
        number=number,
        records=record.ids,
        fields=tuple(sorted(fields)),
        through_position=record.entries[-1].position,
        until=moment + REVEAL_LASTS,
        reason=asked.reason,
        explanation=explanation,
    )
    await read_side.access.revealed(reader, event)
    return record


async def _explanation(
    read_side: ReadSide, connection: Connection, record: Record, text: str
) -> Personal[str] | None:
    """Under the key of the first report that still has one: gone when its person is erased."""
    if not text:
        return None
    subjects = [report_stream(each) for each in record.ids]
    keys = await read_side.keyring.find(connection, subjects)
    subject = next((each for each in subjects if each in keys), None)
    return Personal[str](subject=subject, value=text) if subject else None
