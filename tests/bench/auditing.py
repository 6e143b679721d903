"""How long `audit show` of a case among a million events takes, beside reading the same rows alone.

The answer is what the route gives: record found, events read and opened, folded, as JSON. The read
being recorded and HTTP are not in it. Cases are worked ones, asked for by case and report number.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from events.casework import CaseAssigned, CaseNumberIssued, CaseResolved, CaseReviewed
from events.codec import encode, name_of
from events.envelope import Cause, CauseKind, Envelope, Purpose, call_stream
from services.audit.as_of import AsOf
from services.audit.record_as_of import shown
from services.audit.record_past import load
from services.ledger.append import append
from services.projections.personal.visible_fields import VisibleFields
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.clock import now
from services.runtime.database import connect
from services.runtime.identity import Role
from services.runtime.kafka import Record
from services.runtime.keyring import Keyring
from services.setup.database import migrate_all
from tests.bench.filling import IDS, SOFTWARE, fill
from tests.bench.result import Goal, Result, machine, percentile
from tests.servers import embedded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from events.envelope import Event
    from services.runtime.database import Connection
    from tests.bench.run import Run

MASTER = bytes(32)
KEYRING = Keyring(MASTER)
MILLION = 1_000_000
BY_CASE, BY_REPORT = "by case number, p99 ms", "by report number, p99 ms"
AS_OF, FLOOR = "by case number as of a position, p99 ms", "its rows read by stream only, p99 ms"
SCANNED = "scans of a whole ledger or view"
EVENTS_SQL = """
select position, topic, partition, number, body from ledger
where stream_id = any(%b) order by position
"""
SCANS_SQL = """
select coalesce(sum(seq_scan), 0)::int from pg_stat_xact_user_tables
where schemaname = 'projections' and relname = any(%s)
"""
TABLES = ["ledger", *(table.name for view in VIEWS for table in view.tables)]


@dataclass(frozen=True)
class Case:
    """A call that was accepted: its numbers, its streams, and a position in the midst of it."""

    case_number: str
    report_number: str
    streams: list[str]
    position: int


def measure(run: Run) -> Result:
    """Each question in turn of every case, in a random order, on one connection."""
    events, cases, asked = run.size(MILLION, 3_000), run.size(2_000, 20), run.size(2_000, 20)
    with embedded() as servers:
        asyncio.run(migrate_all(servers.database_url))
        fill(servers.database_url, MASTER, events, run.seed)
        size, took, scans = asyncio.run(_measured(servers.database_url, cases, asked, run.seed))
        measured_on = machine(servers.database_url)
    figures = {name: percentile(took[name], 99) for name in (BY_CASE, BY_REPORT, AS_OF)}
    figures |= {"by case number, median ms": percentile(took[BY_CASE], 50), SCANNED: scans}
    floor = percentile(took[FLOOR], 99)
    return Result(
        name="audit-show",
        seed=run.seed,
        sizes={"events": size, "cases": cases, "questions of each kind": asked},
        figures=figures,
        floors={FLOOR: floor},
        ratios={"show / its rows alone": figures[BY_CASE] / floor},
        machine=measured_on,
        goals=[
            *(Goal(name, "at most", 50) for name in (BY_CASE, BY_REPORT, AS_OF)),
            Goal(SCANNED, "at most", 0),
        ],
    )


async def _measured(
    database_url: str, cases: int, asked: int, seed: int
) -> tuple[int, dict[str, list[float]], int]:
    chance = random.Random(seed)
    async with await connect(database_url, "projections") as connection:
        known = await _worked(connection, cases, chance)
        await connection.execute("analyze")
        took: dict[str, list[float]] = defaultdict(list)
        for _ in range(asked):
            case = chance.choice(known)
            for name, question in _questions(connection, case).items():
                began = perf_counter()
                await question()
                took[name].append((perf_counter() - began) * 1000)
        scans = await _scans(connection, chance.choice(known))
        cursor = await connection.execute("select size from ledger_size")
        row = await cursor.fetchone()
    return (row[0] if row else 0), took, scans


def _questions(connection: Connection, case: Case) -> dict[str, Callable[[], Awaitable[object]]]:
    then = AsOf("position", case.position)
    return {
        BY_CASE: lambda: show(connection, case.case_number),
        BY_REPORT: lambda: show(connection, case.report_number),
        AS_OF: lambda: show(connection, case.case_number, then),
        FLOOR: lambda: _rows(connection, case.streams),
    }


async def show(connection: Connection, number: str, as_of: AsOf | None = None) -> bytes:
    """The answer as bytes."""
    past = await load(connection, KEYRING, number)
    seen = VisibleFields(Role.AUDITOR, hidden=past.record.hidden)
    return orjson.dumps(shown(past, as_of, seen))


async def _rows(connection: Connection, streams: list[str]) -> int:
    cursor = await connection.execute(EVENTS_SQL, [streams])
    return len(await cursor.fetchall())


async def _scans(connection: Connection, case: Case) -> int:
    """How many whole tables one question of each number reads, by Postgres' own count."""
    async with connection.transaction():
        before = await _counted(connection)
        await show(connection, case.case_number)
        await show(connection, case.report_number)
        return await _counted(connection) - before


async def _counted(connection: Connection) -> int:
    cursor = await connection.execute(SCANS_SQL, [TABLES])
    row = await cursor.fetchone()
    return row[0] if row else 0


async def _worked(connection: Connection, count: int, chance: random.Random) -> list[Case]:
    """Accept, assign and resolve calls from all over the ledger, through ledger and views."""
    cursor = await connection.execute(
        "select key, report_number, call_id from case_status_reports order by key"
    )
    chosen = chance.sample(await cursor.fetchall(), count)
    cursor = await connection.execute("select size from ledger_size")
    row = await cursor.fetchone()
    start = row[0] if row else 0
    cases, records = [], list[Record]()
    for index, (report, number, call) in enumerate(chosen):
        case_number = f"2026-{index:07}"
        records += _work(UUID(call), case_number, start + len(records))
        streams = [call_stream(UUID(call)), *(f"{kind}-{report}" for kind in KINDS)]
        cases.append(Case(case_number, number, streams, start + len(records) - 2))
    for begin in range(0, count * len(STEPS), APPENDED_AT_ONCE):
        async with connection.transaction():
            await append(connection, records[begin : begin + APPENDED_AT_ONCE])
    for view in VIEWS:
        runner = Runner(view)
        await runner.prepare(connection)
        while await runner.step(connection):
            pass
    return cases


KINDS = ("report", "triage", "subject")
APPENDED_AT_ONCE = 2_000
STEPS: tuple[Callable[[str], Event], ...] = (
    lambda _: CaseReviewed(outcome="accepted"),
    lambda number: CaseNumberIssued(case_number=number),
    lambda _: CaseAssigned(officer="officer-7", desk="property"),
    lambda _: CaseResolved(dispositions=("report-taken",)),
)


def _work(call: UUID, number: str, offset: int) -> list[Record]:
    stream, moment = call_stream(call), now()
    records = []
    for index, step in enumerate(STEPS):
        event, event_id = step(number), uuid5(IDS, f"worked/{call}/{index}")
        envelope = Envelope(
            event_id,
            name_of(event),
            stream,
            index + 2,
            moment,
            moment,
            SOFTWARE,
            Purpose.LIVE,
            Cause(CauseKind.COMMAND, event_id),
            call,
            "/blotter/bench",
            event,
        )
        place = offset + index
        body = encode(envelope)
        records.append(Record("blotter.bench", 0, place, stream.encode(), body, (), place + 1))
    return records
