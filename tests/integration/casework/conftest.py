"""Casework on a database of its own, with reports whose calls are open or closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest_asyncio

from events.casework import (
    CallOpened,
    CaseResolved,
    CaseworkEvent,
    LegalHoldLifted,
    LegalHoldPlaced,
)
from events.envelope import Actor, Cause, CauseKind, Purpose, call_stream
from events.topics import Topics
from services.agency.retention_loader import load_retention
from services.casework import store
from services.casework.handlers import Casework
from services.casework.subjects.handlers import SubjectRequest, Subjects, perform
from services.casework.subjects.loading import keys_of
from services.runtime.database import open_pool
from services.runtime.epochs import Epochs
from services.runtime.event_store import Decided, EventStore, Occasion
from services.runtime.keyring import Keyring
from services.runtime.register import Register
from services.runtime.rotation import begin_first_epoch
from services.runtime.wake import Wake
from tests.unit.agency.conftest import AGENCIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.casework.domain.subject_commands import SubjectCommand
    from services.runtime.database import Connection

MASTER = bytes(range(32))
SPACE = UUID("1d7f1a52-60a5-5d6c-8a35-0a8f5a0f3c11")
OPENED = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TYPES = frozenset({"boat-adrift", "swan", "noise", "other"})


@dataclass
class Office:
    """Casework's handlers of personal data, and ways to make a past."""

    subjects: Subjects
    connection: Connection

    async def happened(self, number: str, *events: CaseworkEvent) -> UUID:
        """These events on the call of a report; gives the report's id."""
        report_id = uuid5(SPACE, number)
        stream, casework = call_stream(uuid5(SPACE, f"call {number}")), self.subjects.casework
        after = len(await casework.events.read(self.connection, stream))
        cause = Cause(CauseKind.COMMAND, uuid5(SPACE, f"{number} {after}"))
        occasion = Occasion(Actor("test", "test", "test"), Purpose.LIVE, cause, report_id, "test")
        async with self.connection.transaction():
            decided = [Decided(stream, after, events, occasion)]
            await casework.events.append(self.connection, decided, OPENED)
        return report_id

    async def filed(self, number: str, *, closed: bool = True, type_: str = "noise") -> UUID:
        """A report with keys, in a call of its own."""
        report_id = uuid5(SPACE, number)
        opened = CallOpened(
            call_number=number,
            report_id=report_id,
            report_number=number,
            type=type_,
            urgency=3,
            severity=2,
            emergency="none",
            desk="wardens",
        )
        closing = (CaseResolved(dispositions=("cleared",)),) if closed else ()
        await self.happened(number, opened, *closing)
        call_id = uuid5(SPACE, f"call {number}")
        await store.remember_numbers(self.connection, [(number, call_id)])
        await self.subjects.keyring.find_or_make(self.connection, keys_of(report_id))
        return report_id

    async def held(self, number: str, matter: str) -> None:
        await self.happened(number, LegalHoldPlaced(matter=matter))

    async def lifted(self, number: str, matter: str) -> None:
        await self.happened(number, LegalHoldLifted(matter=matter))

    async def asks(
        self, number: str, command: SubjectCommand, version: int, moment: datetime = NOW
    ) -> int:
        """A command in a transaction of its own; gives the version afterwards."""
        command_id = uuid5(SPACE, f"{number} {command!r}")
        actor = Actor("somebody", "department", "test")
        asked = SubjectRequest(number, command, version, command_id, actor)
        async with self.connection.transaction():
            return await perform(self.subjects, self.connection, asked, moment)

    async def keys(self, report_id: UUID) -> set[str]:
        return set(await self.subjects.keyring.find(self.connection, keys_of(report_id)))


@pytest_asyncio.fixture
async def office(a_database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office with the rules of Lakeside."""
    keyring = Keyring(MASTER, Epochs(tmp_path / "epochs", MASTER))
    register = Register(tmp_path / "destroyed.jsonl")
    retention = load_retention(AGENCIES / "lakeside", TYPES)
    async with open_pool(a_database, "casework") as pool, pool.connection() as connection:
        casework = Casework(pool, EventStore("casework", Topics(), keyring), Wake(a_database))
        await begin_first_epoch(connection, keyring, OPENED)
        subjects = Subjects(casework, keyring, register, retention, ZoneInfo("Europe/Dublin"))
        yield Office(subjects, connection)


def day(year: int, month: int, day_: int) -> datetime:
    """Noon of that day."""
    return datetime.combine(date(year, month, day_), datetime.min.time(), UTC).replace(hour=12)
