"""The ledger's writer remembers what it appended, and nothing goes wrong by it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson
import psycopg
import pytest

from events.header import header
from services.ledger.admission import ForkedStreamError, Memory
from services.ledger.append import append
from services.ledger.proofs import growth
from services.proofs.tree import Frontier, leaf_hash
from services.runtime.kafka import Record
from tests.integration.ledger.ledgers import SPACE, body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.runtime.database import Connection


def a_story(chance: random.Random, count: int) -> list[Record]:
    """Events of some streams, most of them caused by an earlier one, in a causal order."""
    versions, made = dict[str, int](), list[Record]()
    for number in range(count):
        stream = f"stream-{chance.randrange(1 + count // 4)}"
        versions[stream] = versions.get(stream, 0) + 1
        whole = orjson.loads(body(number)) | {"subject": stream, "streamversion": versions[stream]}
        if made and chance.random() < 0.8:
            cause = header(chance.choice(made[-20:]).value or b"").event_id
            whole |= {"causationid": f"event:{cause}"}
        made.append(as_record(number, whole))
    return made


def as_record(number: int, whole: dict[str, object]) -> Record:
    value = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    key = str(whole["subject"]).encode()
    return Record("blotter.reports", 0, number, key, value, (), number + 1)


class LostError(Exception):
    """The transaction is rolled back, after the writer has done its part."""


async def deliver(
    connection: Connection, memory: Memory, batch: Sequence[Record], *, lost: bool
) -> None:
    """As a consumer does: a batch that fails comes again."""
    for attempt in range(3):
        try:
            async with connection.transaction():
                await append(connection, batch, memory)
                if lost and attempt == 0:
                    raise LostError
        except (LostError, psycopg.errors.UniqueViolation):
            continue
        return
    pytest.fail("it does not get through")


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_every_event_is_there_once_after_its_cause(
    projections: Connection, seed: int
) -> None:
    chance = random.Random(seed)
    story, writers = a_story(chance, 200), [Memory(), Memory()]
    arriving = story + chance.sample(story, 40)
    arriving.sort(key=lambda record: record.offset + chance.gauss(0, 15))
    while arriving:
        size = chance.randint(1, 30)
        batch, arriving = arriving[:size], arriving[size:]
        memory = writers[0] if chance.random() < 0.8 else writers[1]
        if chance.random() < 0.1:
            memory = Memory()
        await deliver(projections, memory, batch, lost=chance.random() < 0.2)
    await check(projections, story)


async def check(connection: Connection, story: Sequence[Record]) -> None:
    cursor = await connection.execute("select body from ledger order by position")
    bodies = [bytes(row[0]) for row in await cursor.fetchall()]
    assert sorted(bodies) == sorted(record.value or b"" for record in story)
    seen, versions = set[UUID](), dict[str, int]()
    for each in map(header, bodies):
        assert each.causing_event is None or each.causing_event in seen
        assert each.version == versions.get(each.stream_id, 0) + 1
        seen.add(each.event_id)
        versions[each.stream_id] = each.version
    tree = Frontier()
    tree.extend([leaf_hash(each) for each in bodies])
    assert (await growth.read(connection)).tree == tree
    cursor = await connection.execute("select count(*) from waiting")
    assert await cursor.fetchone() == (0,)


async def test_a_fork_is_an_alarm_also_for_a_writer_that_asks_no_more(
    projections: Connection,
) -> None:
    memory, story = Memory(), a_story(random.Random(1), 30)
    await deliver(projections, memory, story, lost=False)
    other = orjson.loads(story[0].value or b"") | {"id": str(uuid5(SPACE, "another"))}
    with pytest.raises(ForkedStreamError):
        await deliver(projections, memory, [as_record(30, other)], lost=False)


async def test_with_nothing_to_ask_it_asks_nothing(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, story = Memory(), a_story(random.Random(2), 60)
    await deliver(projections, memory, story[:30], lost=False)
    monkeypatch.setattr("services.ledger.append.THERE_SQL", "no such question")
    monkeypatch.setattr("services.ledger.append.HEADS_SQL", "no such question")
    await deliver(projections, memory, story[30:], lost=False)
    await check(projections, story)
