"""Triage on a real Postgres, fed with events as the relay would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest_asyncio

from events.codec import decode, encode
from events.envelope import Actor, Cause, CauseKind, Envelope, Purpose, report_stream
from events.topics import Topics
from events.triage import ReportTriaged
from services.intake.domain.report import SubmitReport, assess_report, submit
from services.intake.domain.submission import read_submission
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.kafka import Record
from services.runtime.keyring import Keyring, seal, subjects_of
from services.triage.bundle_files import build
from services.triage.handlers import Triage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHESTERFIELD = Path(__file__).parents[3] / "deploy" / "agency" / "chesterfield"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Worker:
    """One triage process: reads reports, decides, commits."""

    triage: Triage
    topics: Topics = field(default_factory=Topics)

    async def reads(self, number: int, *, minutes: int = 0, **body: Any) -> Record:
        """The record of a report, as it stands on the topic."""
        moment = NOON + timedelta(minutes=minutes)
        profile, keyring = self.triage.bundle.profile, self.triage.keyring
        read = read_submission(body, profile.known_types, profile.zone, moment)
        said = assess_report(profile, read)
        event = submit(SubmitReport(UUID(int=number), f"000-000-{number:03}", "api", read, said))
        cause = Cause(CauseKind.COMMAND, UUID(int=number))
        envelope = Envelope(
            event_id=UUID(int=1000 + number),
            type="intake.report-submitted.v1",
            stream_id=report_stream(UUID(int=number)),
            version=1,
            occurred_at=moment,
            recorded_at=moment,
            actor=Actor("test", "self", "api"),
            purpose=Purpose(read.purpose),
            cause=cause,
            correlation_id=UUID(int=number),
            source="intake",
            data=event,
        )
        async with self.triage.pool.connection() as connection:
            keys = await keyring.find_or_make(connection, subjects_of([event]))
        value = encode(seal(envelope, keys))
        return Record(
            self.topics.of("intake"), 0, number, envelope.stream_id.encode(), value, (), number
        )

    async def decides(self, *records: Record) -> None:
        """Decide prepared records in one transaction."""
        async with self.triage.pool.connection() as connection:
            await self.triage(connection, records)

    async def decisions(self) -> dict[int, ReportTriaged]:
        """Every decision so far, by the number of its report."""
        async with self.triage.pool.connection() as connection:
            cursor = await connection.execute("select body from events")
            found = [decode(bytes(body)).data for (body,) in await cursor.fetchall()]
        return {each.report_id.int: each for each in found if isinstance(each, ReportTriaged)}


async def _worker(database_url: str) -> AsyncIterator[Worker]:
    keyring = Keyring(bytes(range(32)))
    async with open_pool(database_url, "triage") as pool:
        events = EventStore("triage", Topics(), keyring)
        yield Worker(Triage(pool, events, keyring, build(CHESTERFIELD)[1]))


@pytest_asyncio.fixture
async def worker(a_database: str) -> AsyncIterator[Worker]:
    async for each in _worker(a_database):
        yield each


@pytest_asyncio.fixture
async def another_worker(a_database: str) -> AsyncIterator[Worker]:
    async for each in _worker(a_database):
        yield each
