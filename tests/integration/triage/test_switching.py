"""Which bundle decides which report: put in force once, switched between batches, for all alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest

from events.envelope import Actor
from services.runtime.clock import now
from services.runtime.inbox import Inbox, StopError
from services.runtime.positions import open_positions
from services.triage import activating, stored_bundles
from services.triage.activating import Author, Override
from services.triage.bundle_files import build
from services.triage.bundle_switch import BundleSwitch
from services.triage.domain.activations import NotNowError, Rehearsal
from services.triage.domain.bundle import BundleError, read_bundle
from services.triage.domain.gates import Figures, Limits, judged
from tests.integration.triage.conftest import CHESTERFIELD

if TYPE_CHECKING:
    from events.triage import BundleActivated
    from services.triage.domain.activations import Activations
    from tests.integration.triage.conftest import Worker

TOPIC = "blotter.reports"
FIRST = build(CHESTERFIELD)[0]
OPERATOR = Actor("operator-test", "department", "cli")
PARTY: dict[str, Any] = {
    "description": "a loud party with bass and shouting in the garden behind",
    "location": {"text": "12 Main St", "latitude": 37.38, "longitude": -77.5},
}


def other_bundle(**weights: int) -> bytes:
    """The agency's bundle with other weights of duplicates."""
    raw = orjson.loads(FIRST)
    raw["duplicates"] |= weights or {"cited": 1}
    return orjson.dumps(raw, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


SECOND = other_bundle()


def digest_of(content: bytes) -> str:
    return read_bundle(content).digest


def by(command: int, who: Actor = OPERATOR) -> Author:
    return Author(who, "better links", UUID(int=command))


async def begin(worker: Worker, content: bytes = FIRST) -> Activations:
    """As a process does when it starts."""
    triage = worker.triage
    async with triage.pool.connection() as connection:
        await open_positions(connection, "triage", {TOPIC: "id"}, 16)
        return await activating.begin(connection, triage.events, TOPIC, content, now())


async def promote(
    worker: Worker, content: bytes = SECOND, *, command: int = 1, **figures: int
) -> BundleActivated | None:
    """Put a bundle in force that was rehearsed with these figures."""
    triage, bundle = worker.triage, digest_of(content)
    gates = judged(Figures(reports=1000, days=30, **figures), Limits())
    async with triage.pool.connection() as connection:
        await stored_bundles.put(connection, content, now())
        newest = (await activating.activations(connection, triage.events)).newest
        assert newest is not None
        rehearsal = Rehearsal(UUID(int=9), bundle, newest.bundle, now(), gates)
        return await activating.promote(
            connection, triage.events, TOPIC, bundle, by(command), [rehearsal], now()
        )


async def take_in(worker: Worker, switching: BundleSwitch, *numbers: int) -> None:
    """Reports as they arrive by the inbox, one after the other."""
    inbox = Inbox("triage", worker.triage.pool, switching, lambda: None)
    for number in numbers:
        records = [await worker.reads(number, minutes=number, **PARTY)]
        await switching.prepare(records)
        await inbox.apply(records)


async def bundles(worker: Worker) -> dict[int, str]:
    return {number: found.bundle for number, found in (await worker.decisions()).items()}


async def test_the_first_bundle_is_put_in_force_once_by_many_workers(
    worker: Worker, another_worker: Worker
) -> None:
    found = await asyncio.gather(*(begin(each) for each in (worker, another_worker) * 3))
    assert all(each.past == found[0].past for each in found)
    assert [each.how for each in found[0].past] == ["first"]
    assert found[0].past[0].bundle == digest_of(FIRST)


async def test_other_files_at_a_start_change_nothing(worker: Worker) -> None:
    await begin(worker)
    after = await begin(worker, SECOND)
    assert [each.bundle for each in after.past] == [digest_of(FIRST)]


async def test_both_workers_switch_between_batches_and_the_event_says_where(
    worker: Worker, another_worker: Worker
) -> None:
    await begin(worker)
    here, there = BundleSwitch(worker.triage), BundleSwitch(another_worker.triage)
    await take_in(worker, here, 1)
    await take_in(another_worker, there, 2)
    activated = await promote(worker)
    assert activated is not None
    assert activated.effective == {"0": 3}
    await take_in(another_worker, there, 3)
    await take_in(worker, here, 4)
    first, second = digest_of(FIRST), digest_of(SECOND)
    assert await bundles(worker) == {1: first, 2: first, 3: second, 4: second}


async def test_a_switch_between_preparing_and_deciding_is_seen(worker: Worker) -> None:
    await begin(worker)
    switching = BundleSwitch(worker.triage)
    records = [await worker.reads(1, **PARTY)]
    await switching.prepare(records)
    await promote(worker)
    await Inbox("triage", worker.triage.pool, switching, lambda: None).apply(records)
    assert await bundles(worker) == {1: digest_of(SECOND)}


async def test_an_activation_waits_for_the_batch_that_is_being_decided(
    worker: Worker, another_worker: Worker
) -> None:
    await begin(worker)
    switching = BundleSwitch(worker.triage)
    records = [await worker.reads(1, **PARTY)]
    await switching.prepare(records)
    async with worker.triage.pool.connection() as connection, connection.transaction():
        await switching(connection, records)
        waiting = asyncio.create_task(promote(another_worker))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await connection.execute(
            "update positions set number = 1 where consumer = 'triage' and partition = 0"
        )
    activated = await waiting
    assert activated is not None
    assert activated.effective == {"0": 2}


async def test_a_replay_decides_each_report_with_the_bundle_of_its_number(worker: Worker) -> None:
    await begin(worker)
    await take_in(worker, BundleSwitch(worker.triage), 1, 2)
    await promote(worker)
    records = [await worker.reads(number, minutes=number, **PARTY) for number in (1, 2, 3)]
    again = BundleSwitch(worker.triage)
    async with worker.triage.pool.connection() as connection:
        await again._refresh(connection)
    runs = [(bundle, [r.number for r in run]) for bundle, run in again._runs(records)]
    assert runs == [(digest_of(FIRST), [1, 2]), (digest_of(SECOND), [3])]


async def test_bytes_that_do_not_match_their_hash_are_refused(worker: Worker) -> None:
    await begin(worker)
    async with worker.triage.pool.connection() as connection:
        await connection.execute("alter table bundles drop constraint named_by_its_hash")
        await connection.execute("alter table bundles disable trigger bundles_only_grow")
        await connection.execute("update bundles set content = %s", [SECOND])
    records = [await worker.reads(1, **PARTY)]
    switching = BundleSwitch(worker.triage)
    with pytest.raises(StopError, match="refused"):
        await switching.prepare(records)
    inbox = Inbox("triage", worker.triage.pool, switching, lambda: None)
    with pytest.raises(StopError, match="refused"):
        await inbox.apply(records)
    assert await worker.decisions() == {}
    with pytest.raises(BundleError, match="refused"):
        await begin(worker)


async def test_the_database_keeps_no_bytes_under_another_hash(worker: Worker) -> None:
    async with worker.triage.pool.connection() as connection:
        with pytest.raises(Exception, match="named_by_its_hash"):
            await connection.execute(
                "insert into bundles values (%s, %s, now())", [digest_of(FIRST), SECOND]
            )


async def test_promoting_twice_is_once_and_failed_gates_are_refused(worker: Worker) -> None:
    await begin(worker)
    with pytest.raises(NotNowError, match="emergencies_lost 1"):
        await promote(worker, emergency_lost=1)
    assert await promote(worker) is not None
    assert await promote(worker) is None
    async with worker.triage.pool.connection() as connection:
        found = await activating.activations(connection, worker.triage.events)
    assert [each.how for each in found.past] == ["first", "promoted"]


async def test_gates_are_passed_over_only_by_two(worker: Worker) -> None:
    await begin(worker)
    triage, bundle = worker.triage, digest_of(SECOND)
    async with triage.pool.connection() as connection:
        await stored_bundles.put(connection, SECOND, now())
        with pytest.raises(NotNowError, match="second person"):
            await activating.promote(
                connection,
                triage.events,
                TOPIC,
                bundle,
                by(1),
                [],
                now(),
                Override("urgent", OPERATOR.who),
            )
        found = await activating.promote(
            connection,
            triage.events,
            TOPIC,
            bundle,
            by(1),
            [],
            now(),
            Override("urgent", "supervisor-2"),
        )
    assert found is not None
    assert (found.despite_gates, found.approved_by) == (True, "supervisor-2")


async def test_rolling_back_is_immediate_once_and_only_to_what_was_there(worker: Worker) -> None:
    await begin(worker)
    await promote(worker)
    triage, leave = worker.triage, digest_of(SECOND)
    async with triage.pool.connection() as connection:

        async def back(bundle: str, command: int) -> BundleActivated | None:
            return await activating.roll_back(
                connection, triage.events, TOPIC, bundle, by(command), now()
            )

        done = await back(leave, 2)
        assert done is not None
        assert (done.bundle, done.how) == (digest_of(FIRST), "rolled-back")
        assert await back(leave, 2) is None
        assert await back(leave, 3) is None
        with pytest.raises(NotNowError, match="no earlier"):
            await back(digest_of(FIRST), 4)


async def test_a_bundle_for_other_rules_gives_way_when_the_software_changes(
    worker: Worker,
) -> None:
    for_other_rules = orjson.loads(SECOND) | {"rules": ["L0/0"]}
    await begin(worker, orjson.dumps(for_other_rules))
    found = await begin(worker, other_bundle(cited=2))
    again = await begin(worker, other_bundle(cited=3))
    assert [each.how for each in found.past] == ["first", "software"]
    assert found.newest is not None
    assert found.newest.bundle == digest_of(SECOND)  # not what lies in the files
    assert again.past == found.past


async def test_what_is_no_bundle_any_more_gives_way_to_the_agencys_files(worker: Worker) -> None:
    unusable = orjson.loads(FIRST) | {"rules": ["L0/0"], "profile": {}}
    await begin(worker, orjson.dumps(unusable))
    found = await begin(worker)
    assert [each.how for each in found.past] == ["first", "software"]
    assert found.newest is not None
    assert found.newest.bundle == digest_of(FIRST)
