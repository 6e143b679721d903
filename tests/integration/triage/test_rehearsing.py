"""A rehearsal over a real ledger: same bundle, planted changes, erased words, promotion by it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from services.access.reader import operator
from services.ledger.append import append
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.kafka import Record
from services.triage import activating, runs, stored_bundles
from services.triage.activating import Override
from services.triage.bundle_files import usable
from services.triage.bundle_switch import BundleSwitch
from services.triage.domain.activations import NotNowError
from services.triage.gates_file import FILE
from services.triage.operator_session import OperatorSession, approver
from services.triage.rehearsing import Rehearsing
from services.triage.shadowing import Ledger, rehearse
from tests.integration.intake.conftest import settings_for
from tests.integration.triage.conftest import NOON
from tests.integration.triage.test_switching import (
    FIRST,
    PARTY,
    TOPIC,
    begin,
    by,
    digest_of,
    other_bundle,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.triage.runs import Run
    from tests.integration.triage.conftest import Worker

NEVER_LINKS = other_bundle(prior=-40_000)


async def history(worker: Worker, a_database: str, *batches: tuple[int, ...]) -> None:
    """Reports of one party, decided batch by batch, in the ledger with their decisions."""
    await begin(worker)
    switching = BundleSwitch(worker.triage)
    records = []
    for batch in batches:
        some = [await worker.reads(number, minutes=number, **PARTY) for number in batch]
        await switching.prepare(some)
        async with worker.triage.pool.connection() as connection, connection.transaction():
            await switching(connection, some)
        records += some
    async with worker.triage.pool.connection() as connection:
        cursor = await connection.execute("select stream_id, body from events")
        events = await cursor.fetchall()
    records += [
        Record("blotter.triage", 0, place, stream.encode(), bytes(body), (), place + 1)
        for place, (stream, body) in enumerate(events)
    ]
    async with await connect(a_database, "projections") as ledger, ledger.transaction():
        await append(ledger, records)


async def rehearsed(
    worker: Worker, a_database: str, content: bytes, since: datetime | None = None
) -> Run:
    """A rehearsal of a bundle against the one in force."""
    told: list[tuple[int, int]] = []
    async with AsyncExitStack() as stack:
        reading, asking, own = [
            await stack.enter_async_context(await connect(a_database, schema))
            for schema in ("projections", "projections", "triage")
        ]
        found = await activating.activations(own, worker.triage.events)
        assert found.newest is not None
        baseline = usable(await stored_bundles.load(own, found.newest.bundle))
        await stored_bundles.put(own, content, NOON)
        ledger = Ledger(reading, asking, own, worker.triage.keyring)
        run = await rehearse(
            ledger, baseline, usable(content), since, "operator-test", lambda *at: told.append(at)
        )
    assert told[-1] == (run.total, run.total)
    return run


async def test_the_same_bundle_differs_in_nothing_and_reproduces_what_is_recorded(
    worker: Worker, a_database: str
) -> None:
    await history(worker, a_database, (1,), (2, 3), (4,))
    run = await rehearsed(worker, a_database, FIRST)
    assert run.figures is not None
    assert (run.figures.reports, run.figures.as_recorded, run.figures.links) == (4, 4, 3)
    async with worker.triage.pool.connection() as connection:
        assert await runs.differences(connection, run.run_id) == []


async def test_a_planted_change_is_found_with_the_reasons_of_both_sides(
    worker: Worker, a_database: str
) -> None:
    await history(worker, a_database, (1,), (2, 3), (4,))
    run = await rehearsed(worker, a_database, NEVER_LINKS)
    async with worker.triage.pool.connection() as connection:
        found = await runs.differences(connection, run.run_id)
    assert [each.report_number for each in found] == ["000-000-002", "000-000-003", "000-000-004"]
    assert {each.kinds[0] for each in found} == {"link_lost"}
    assert found[0].before["links"][0]["to"] == "000-000-001"
    assert "garden" not in str(found)


async def test_a_range_knows_what_came_before_it(worker: Worker, a_database: str) -> None:
    await history(worker, a_database, (1,), (2,))
    async with worker.triage.pool.connection() as connection:
        cursor = await connection.execute("select max(recorded_at) from events")
        (last,) = await cursor.fetchone() or (None,)
    assert last is not None
    run = await rehearsed(worker, a_database, FIRST, last)
    assert run.figures is not None
    assert (run.total, run.figures.reports, run.figures.links) == (1, 1, 1)
    assert run.figures.as_recorded == 1
    nothing = await rehearsed(worker, a_database, FIRST, last + timedelta(days=1))
    assert (nothing.total, nothing.figures and nothing.figures.reports) == (0, 0)


async def test_what_is_erased_is_counted_and_decided_by_what_is_left(
    worker: Worker, a_database: str
) -> None:
    await history(worker, a_database, (1,), (2,))
    async with worker.triage.pool.connection() as connection:
        await connection.execute("update subject_keys set wrapped = null, destroyed_at = now()")
    run = await rehearsed(worker, a_database, FIRST)
    assert run.figures is not None
    assert (run.figures.reports, run.figures.unreadable) == (2, 2)


async def test_promotion_rests_on_a_rehearsal_of_exactly_this_bundle(
    worker: Worker, a_database: str, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text("[[gates]]\nleast_days = 0\nleast_reports = 2\n")
    rehearsing = Rehearsing(worker.triage.events, TOPIC, tmp_path, ZoneInfo("UTC"))
    await history(worker, a_database, (1,), (2,))
    harmless = other_bundle(cited=12_001)
    for content in (harmless, NEVER_LINKS):
        async with worker.triage.pool.connection() as connection:
            bundle = await stored_bundles.put(connection, content, NOON)
            with pytest.raises(NotNowError, match="no finished rehearsal"):
                await rehearsing.promote(connection, bundle, by(1))
        await rehearsed(worker, a_database, content)
    async with worker.triage.pool.connection() as connection:
        with pytest.raises(NotNowError, match="links_lost_percent 100"):
            await rehearsing.promote(connection, digest_of(NEVER_LINKS), by(2))
        done = await rehearsing.promote(connection, digest_of(harmless), by(3))
        assert done is not None
        assert done.shadow is not None
        assert done.gates
        assert await rehearsing.promote(connection, digest_of(harmless), by(3)) is None
        back = await rehearsing.roll_back(connection, digest_of(harmless), by(4))
        assert back is not None
        with pytest.raises(NotNowError, match="no finished rehearsal"):
            await rehearsing.promote(connection, digest_of(harmless), by(5))


async def test_the_second_person_signs_with_a_token_of_their_own(
    worker: Worker, a_database: str, tmp_path: Path
) -> None:
    rehearsing = Rehearsing(worker.triage.events, TOPIC, tmp_path, ZoneInfo("UTC"))
    await history(worker, a_database, (1,), (2,))
    await rehearsed(worker, a_database, NEVER_LINKS)
    file, bundle = tmp_path / "token", digest_of(NEVER_LINKS)
    async with worker.triage.pool.connection() as connection:
        session = OperatorSession(
            settings_for(a_database, "chesterfield"), connection, rehearsing, operator()
        )
        for token in ("nobody's", await make_token(connection, Role.ANALYST, "an analyst")):
            file.write_text(token)
            with pytest.raises(NotNowError, match="second person"):
                await approver(session, file)
        file.write_text(await make_token(connection, Role.SUPERVISOR, "chief") + "\n")
        override = Override("the gate is wrong", await approver(session, file))
        done = await rehearsing.promote(connection, bundle, by(1), override)
    assert done is not None
    assert (done.despite_gates, done.approved_by) == (True, "supervisor/chief")
    assert "links_lost_percent" in {gate.gate for gate in done.gates if not gate.passed}
