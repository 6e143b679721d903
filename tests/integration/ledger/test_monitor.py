"""The monitor on real ledgers: green only while the head moves and all is as it was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from events.topics import Topics
from services.ledger.monitor.monitoring import REST_SECONDS, Monitor
from services.ledger.proofs import signing
from services.runtime.database import open_pool
from services.runtime.keyring import Keyring
from tests.integration.ledger.ledgers import MOMENT, add

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.database import Connection

LOG = signing.Log(Keyring(bytes(32)), "blotter/test")
TOPICS = Topics("blotter").ours


@pytest_asyncio.fixture
async def monitor(a_database: str) -> AsyncIterator[Monitor]:
    async with open_pool(a_database, "projections") as pool:
        yield Monitor(pool, LOG.origin, TOPICS, batch=200)


async def a_ledger(connection: Connection, *sizes: int) -> None:
    """Grown and signed at each of these sizes."""
    for start, end in zip((0, *sizes), sizes, strict=False):
        await add(connection, start, end)
        await signing.sign(connection, LOG, MOMENT)


async def whole_pass(monitor: Monitor, at: float = 0.0) -> dict[str, str]:
    """Rounds until every stored event was looked at once more."""
    found: dict[str, str] = {}
    for _ in range(6):
        found = await monitor.round(at)
    return found


async def tampered(connection: Connection, statement: str) -> None:
    """What a superuser does who has taken history's triggers away."""
    for table in ("ledger", "signed_checkpoints", "tiles"):
        await connection.execute(f"alter table {table} disable trigger user")
    await connection.execute(statement.encode())


async def test_a_sound_ledger_raises_no_alarm(projections: Connection, monitor: Monitor) -> None:
    await a_ledger(projections, 3, 256, 700)
    assert await whole_pass(monitor) == {}
    cursor = await projections.execute("select completed_size from monitor_pass")
    assert await cursor.fetchone() == (700,)
    await add(projections, 700, 900)
    await signing.sign(projections, LOG, MOMENT)
    assert await whole_pass(monitor, REST_SECONDS) == {}


TAMPERINGS = {
    "a flipped bit": (
        "update ledger set body = set_bit(body, 77, 1 - get_bit(body, 77)) where position = 300",
        300,
    ),
    "a removed row": ("delete from ledger where position = 511", 511),
    "another stream": ("update ledger set stream_id = 'x' where position = 12", 12),
    "another version": ("update ledger set version = 9 where position = 699", 699),
    "swapped bytes": (
        "update ledger l set body = o.body, event_id = gen_random_uuid() from ledger o"
        " where l.position = 41 and o.position = 42",
        41,
    ),
    "a bit in the last tile": (
        "update ledger set body = overwrite(body) where position = 650",
        256,
    ),
    "another root": (
        "update signed_checkpoints set root = sha256(root) where size = 256",
        3,
    ),
    "another size": ("update signed_checkpoints set size = 255 where size = 256", 3),
    "an edited checkpoint": (
        "update signed_checkpoints set note = replace(note, chr(10)||'256'||chr(10),"
        " chr(10)||'257'||chr(10)) where size = 256",
        3,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_no_longer_matches_is_named_with_its_first_position(
    projections: Connection, monitor: Monitor, name: str
) -> None:
    await a_ledger(projections, 3, 256, 700)
    assert await whole_pass(monitor) == {}
    statement, first_bad = TAMPERINGS[name]
    # A change that leaves the row well-formed and told as its columns say.
    same_length = (
        "convert_to(replace(convert_from(body, 'utf8'), '\"/test\"', '\"/tesu\"'), 'utf8')"
    )
    await tampered(projections, statement.replace("overwrite(body)", same_length))
    found = await whole_pass(monitor, REST_SECONDS)
    assert list(found) == ["stored"]
    assert f"first bad position {first_bad})" in found["stored"]


async def test_a_finding_stays_until_a_whole_pass_is_good(
    projections: Connection, monitor: Monitor
) -> None:
    await a_ledger(projections, 3, 700)
    await tampered(projections, "update ledger set version = 9 where position = 650")
    assert "stored" in await whole_pass(monitor)
    again = Monitor(monitor.pool, monitor.origin, monitor.topics, batch=200)
    assert "stored" in await again.round(0), "a restart does not make it green"
    await tampered(projections, "update ledger set version = 1 where position = 650")
    assert await whole_pass(again, REST_SECONDS) == {}


async def test_the_end_that_was_signed_and_is_gone_is_noticed_at_once(
    projections: Connection, monitor: Monitor
) -> None:
    await a_ledger(projections, 3, 300)
    assert await monitor.round(0) == {}
    await tampered(projections, "delete from ledger where position >= 290")
    assert set(await monitor.round(1)) >= {"end"}
    await projections.execute("update ledger_size set size = 290")
    assert set(await monitor.round(2)) >= {"truncated"}


async def committed(connection: Connection, events: int) -> None:
    """Casework has committed this many events, and its relay does not give them numbers."""
    await connection.execute(
        "insert into casework.outbox (item_id, topic, partition)"
        " select gen_random_uuid(), 'blotter.cases', 0 from generate_series(1, %s)",
        [events],
    )


async def test_a_head_that_stands_still_is_not_green(
    projections: Connection, monitor: Monitor
) -> None:
    await a_ledger(projections, 5)
    assert await monitor.round(0) == {}
    assert await monitor.round(10_000) == {}, "nothing waits: a quiet night"
    await committed(projections, 3)
    assert await monitor.round(10_020) == {}, "not for long yet"
    found = await monitor.round(10_060)
    assert found == {"stalled": "the head stands at 5 while 3 committed events wait for it"}
    await add(projections, 5, 6)
    assert await monitor.round(10_070) == {}, "it moves"
    assert set(await monitor.round(10_170)) == {"stalled"}
    await projections.execute("delete from casework.outbox")
    assert await monitor.round(10_180) == {}


async def test_events_that_were_numbered_but_not_taken_keep_the_head_waiting(
    projections: Connection, monitor: Monitor
) -> None:
    await projections.execute(
        "insert into intake.relayed values ('blotter.reports', 0, 9, 9),"
        " ('blotter.replies.x', 0, 50, 50)"
    )
    await projections.execute(
        "insert into runtime.positions (consumer, topic, partition, number)"
        " values ('ledger', 'blotter.reports', 0, 5)"
    )
    await add(projections, 0, 5)
    assert await monitor.round(0) == {}
    assert await monitor.round(100) == {
        "stalled": "the head stands at 5 while 4 committed events wait for it"
    }


async def test_a_position_that_moved_without_its_events_is_noticed(
    projections: Connection, monitor: Monitor
) -> None:
    await add(projections, 0, 5)
    await projections.execute(
        "insert into runtime.positions (consumer, topic, partition, number)"
        " values ('ledger', 'blotter.reports', 0, 7)"
    )
    assert await monitor.round(0) == {
        "passed-over": "2 events were taken and are not in the ledger"
    }
