"""Candidates are found by place, plate, contact and number; two workers at once still link."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from events.envelope import Cause, CauseKind, Purpose
from events.triage import LinkRetracted
from services.runtime.clock import now
from services.runtime.event_store import Occasion
from services.triage import store
from services.triage.handlers import SOFTWARE, Triage, retract

if TYPE_CHECKING:
    import pytest

    from tests.integration.triage.conftest import Worker

HERE: dict[str, Any] = {"location": {"text": "12 Main St", "latitude": 37.38, "longitude": -77.5}}
PARTY = {"description": "a loud party with bass and shouting in the garden behind", **HERE}
FAR: dict[str, Any] = {"location": {"text": "9 Elm St", "latitude": 37.45, "longitude": -77.6}}


async def neighbours(worker: Worker, number: int, **body: Any) -> set[int]:
    """Whom the query finds around a report."""
    triage = worker.triage
    (record,) = [await worker.reads(number, **PARTY, **body)]
    async with triage.pool.connection() as connection:
        ((_, considered),) = await triage._read_candidates(connection, [record])
        found = await triage._around(connection, [(None, considered)])  # type: ignore[list-item]
    return {each.report_id.int for each in found.get(considered.facts.report_id, [])}


async def test_the_second_report_is_linked_with_its_evidence_and_the_bundle(
    worker: Worker,
) -> None:
    for number in (1, 2):
        records = [await worker.reads(number, minutes=number, **PARTY)]
        await worker.triage.prepare(records)
        await worker.decides(*records)
    decision = (await worker.decisions())[2]
    assert decision.anchor.int == 1
    assert decision.links[0].relation == "same"
    assert decision.links[0].evidence["text"] > 0
    assert decision.bundle == worker.triage.bundle.digest


async def test_two_reports_that_reach_two_workers_at_once_are_linked(
    worker: Worker, another_worker: Worker
) -> None:
    first = [await worker.reads(1, minutes=0, **PARTY)]
    second = [await another_worker.reads(2, minutes=1, **PARTY)]
    await asyncio.gather(worker.triage.prepare(first), another_worker.triage.prepare(second))
    await asyncio.gather(worker.decides(*first), another_worker.decides(*second))
    assert [each.anchor.int for _, each in sorted((await worker.decisions()).items())] == [1, 1]


async def test_found_by_plate_contact_and_number_wherever_they_are(worker: Worker) -> None:
    records = [
        await worker.reads(1, type="theft", vehicles=[{"plate": "VRG-1284"}], **FAR),
        await worker.reads(2, type="theft", contact={"phone": "(804) 555-0101"}, **FAR),
        await worker.reads(3, description="about 000-000-007", **FAR),
        await worker.reads(4, type="theft", vehicles=[{"plate": "UNKNOWN"}], **FAR),
        await worker.reads(
            7,
            description="noise, see 000-000-002",
            vehicles=[{"plate": "VRG 12B4"}],
            contact={"phone": "804-555-0101"},
            **HERE,
        ),
    ]
    await worker.triage.prepare(records)
    async with worker.triage.pool.connection() as connection:
        read = await worker.triage._read_candidates(connection, records)
        found = await worker.triage._around(connection, read)
    by_number = {each.facts.report_id.int: each.facts.report_id for _, each in read}
    assert {each.report_id.int for each in found[by_number[7]]} == {1, 2, 3}


async def test_the_table_holds_hashes_only_and_forgets(worker: Worker) -> None:
    body = {**PARTY, "vehicles": [{"plate": "VRG1234"}], "contact": {"email": "a@example.org"}}
    await worker.triage.prepare([await worker.reads(1, **body)])
    async with worker.triage.pool.connection() as connection:
        cursor = await connection.execute("select row_to_json(candidates)::text from candidates")
        row = str((await cursor.fetchone() or ("",))[0])
        assert "VRG1234" not in row
        assert "example" not in row
        assert "party" not in row
        past = datetime(2020, 1, 1, tzinfo=UTC)
        assert await store.forget(connection, past) == 0
        await connection.execute("update subject_keys set wrapped = null, destroyed_at = now()")
        assert await store.forget(connection, past) == 1
        cursor = await connection.execute("select terms, plates, contacts from candidates")
        assert await cursor.fetchone() == ([], [], [])


async def test_what_is_too_old_to_be_followed_is_forgotten(worker: Worker) -> None:
    await worker.triage.prepare([await worker.reads(1, **PARTY)])
    async with worker.triage.pool.connection() as connection:
        later = datetime(2027, 6, 1, tzinfo=UTC) + timedelta(days=1)
        assert await store.forget(connection, later) == 1


async def test_what_cannot_be_decided_is_confirmed_and_the_stream_goes_on(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [await worker.reads(number, **PARTY) for number in (1, 2)]
    await worker.triage.prepare(records)
    around = Triage._around

    async def broken(self: Triage, *arguments: Any) -> Any:
        found = await around(self, *arguments)
        return {
            key: [replace(each, minute=cast("int", None)) for each in others]
            for key, others in found.items()
        }

    monkeypatch.setattr(Triage, "_around", broken)
    await worker.decides(*records)
    found = await worker.decisions()
    assert [found[number].emergency for number in (1, 2)] == ["confirm", "confirm"]
    assert found[2].reasons[0].rule == "undecidable"
    assert found[1].reasons[0].rule != "undecidable"


async def test_the_query_uses_its_indexes(worker: Worker) -> None:
    async with worker.triage.pool.connection() as connection:
        await connection.execute(
            "insert into candidates (report_id, report_number, type, cell, occurred_at,"
            " received_at, latitude, longitude) select gen_random_uuid(), n::text, 'noise',"
            " n % 5000, now(), now(), 37, -77 from generate_series(1, 50000) n"
        )
        await connection.execute("analyze candidates")
        cursor = await connection.execute("select report_id from candidates limit 200")
        ids = [row[0] for row in await cursor.fetchall()]
        moment = now()
        past, soon = moment - timedelta(days=1), moment + timedelta(days=1)
        await connection.execute("set enable_seqscan = on")
        cursor = await connection.execute(
            "explain " + store.NEAR_SQL, [ids, [past] * len(ids), [soon] * len(ids)]
        )
        plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "Seq Scan" not in plan, plan


async def test_a_link_can_be_taken_back_once(worker: Worker) -> None:
    for number in (1, 2):
        records = [await worker.reads(number, minutes=number, **PARTY)]
        await worker.triage.prepare(records)
        await worker.decides(*records)
    retracted = LinkRetracted(
        report_id=UUID(int=2),
        report_number="2",
        other_id=UUID(int=1),
        other_number="1",
        reason="person",
        retracted_at=now(),
    )
    cause = Cause(CauseKind.COMMAND, UUID(int=77))
    occasion = Occasion(SOFTWARE, Purpose.LIVE, cause, UUID(int=2), "retract")
    async with worker.triage.pool.connection() as connection:
        assert await retract(worker.triage, connection, retracted, occasion)
        assert not await retract(worker.triage, connection, retracted, occasion)
        cursor = await connection.execute(
            "select report_id from candidates where anchor = report_id"
        )
        assert {row[0].int for row in await cursor.fetchall()} == {1, 2}


async def test_a_drill_is_never_near_what_happens_for_real(worker: Worker) -> None:
    drill = {**PARTY, "contact": {"phone": "804 555 0100"}}
    await worker.triage.prepare([await worker.reads(1, purpose="exercise", **drill)])
    await worker.triage.prepare([await worker.reads(2, minutes=1, purpose="exercise", **drill)])
    await worker.triage.prepare([await worker.reads(3, minutes=2, **drill)])
    assert await neighbours(worker, 1, purpose="exercise") == {2}
    assert await neighbours(worker, 3) == set()
