"""Events/s from Kafka into the ledger, its tree grown in the same transactions, beside bare COPY.

The topics hold a backlog made beforehand by the real decisions and the codec; the consumer is the
one the projections run, with all topics at once. Afterwards the ledger is checked: every event
once, none waiting, and the tree's root the one that its rows give.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from services.ledger.append import AT_ONCE
from services.ledger.proofs import growth
from services.proofs.tree import Frontier, leaf_hash
from services.runtime.consumer import Consumer
from services.runtime.database import connect
from services.runtime.garbage import collect_seldom
from services.runtime.kafka import Admin, Outgoing, Producer
from services.runtime.keyring import Keyring
from services.runtime.relay import BATCH as RELAY_BATCH
from services.runtime.relay import CONTENT_TYPE
from services.runtime.stations import Station
from tests.bench.empty import LEDGER_COLUMNS, bare_copy, rows_of
from tests.bench.filling import EVENTS_A_REPORT, REPORTS_AT_ONCE, PastReport
from tests.bench.line import a_copy, a_line
from tests.bench.reports import Reports
from tests.bench.result import Goal, Result, machine
from tests.servers import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.empty import Row
    from tests.bench.line import Line
    from tests.bench.run import Run
    from tests.servers import Servers

APPEND = "ledger append with proofs, events/s"
EQUAL = "bare COPY into an equal table, events/s"
PLAIN = "bare COPY into a table without indexes, events/s"
FLOORS = {EQUAL: "including all", PLAIN: ""}


def measure(run: Run) -> Result:
    """The median of some rounds over one backlog, each with everything in it."""
    count, rounds = run.size(70_000, 1_000), run.size(3, 1)
    with embedded() as servers:
        found, sizes = asyncio.run(_rounds(servers, run.seed, count, rounds))
        measured_on = machine(servers.database_url)
    rates = {name: median(each[name] for each in found) for name in found[0]}
    return Result(
        name="ledger-append",
        seed=run.seed,
        sizes={"rounds": rounds, **sizes},
        figures={APPEND: rates[APPEND]},
        floors={name: rates[name] for name in FLOORS},
        ratios={
            f"ledger append / {name.removesuffix(', events/s')}": median(
                each[APPEND] / each[name] for each in found
            )
            for name in FLOORS
        },
        spread={name: [min(e[name] for e in found), max(e[name] for e in found)] for name in rates},
        machine=measured_on,
        goals=[Goal(APPEND, "at least", 20_000)],
    )


async def _rounds(
    servers: Servers, seed: int, reports: int, rounds: int
) -> tuple[list[dict[str, float]], dict[str, float]]:
    async with a_line(servers, f"append{seed}") as line:
        events = reports * EVENTS_A_REPORT
        length = await _publish(line, seed, reports)
        found = []
        for number in range(rounds):
            async with a_copy(servers, line, f"round{number}") as copy:
                rates = {APPEND: await _append(copy, events)}
                rows = await rows_of(copy, "projections", LEDGER_COLUMNS, "ledger", "position")
                await _check(copy, rows, events)
                for name, like in FLOORS.items():
                    rates[name] = await bare_copy(copy, rows, like)
                found.append(rates)
    return found, {"events": events, "bytes an event": length / events}


async def _publish(line: Line, seed: int, count: int) -> int:
    """The events of `count` reports, on their topics as relays send them; gives their bytes."""
    bootstrap, total = line.settings.kafka_bootstrap, 0
    admin, producer = Admin(bootstrap), Producer(bootstrap)
    await admin.ensure([*line.topics.ours])
    await admin.close()
    reports, keyring = Reports.of(seed), Keyring(line.settings.master_key_bytes)
    past, bodies = PastReport(reports, keyring, 1, 0, Counter(), line.topics), iter(reports)
    begin = reports.until
    for index in range(count):
        reports.until = begin + timedelta(milliseconds=index)
        past.add(index, next(bodies), reports.until)
        if (index + 1) % REPORTS_AT_ONCE == 0 or index + 1 == count:
            rows = past.rows["projections.ledger"]
            total += sum(len(row[-1]) for row in rows)
            past.size += len(rows)
            past.rows.clear()
            await _send(producer, rows)
    await producer.close()
    return total


async def _send(producer: Producer, rows: Sequence[Row]) -> None:
    records = [
        Outgoing(
            topic,
            partition,
            stream_id.encode(),
            body,
            (CONTENT_TYPE, ("number", str(number).encode())),
        )
        for _, _, stream_id, _, _, _, topic, partition, number, body in rows
    ]
    for first in range(0, len(records), RELAY_BATCH):
        await producer.send_all(records[first : first + RELAY_BATCH])


async def _append(line: Line, count: int) -> float:
    """Events/s from the consumer's start until `count` are committed."""
    settings = line.settings
    admin, station = Admin(settings.kafka_bootstrap), Station("ledger")

    async def sources() -> list[str]:
        return list(line.topics.ours)

    async with line.ledger() as inbox, await connect(line.database_url, "projections") as watching:
        consumer = Consumer(
            inbox,
            settings.kafka_bootstrap,
            settings.database_url,
            admin,
            sources,
            station,
            maximum_records=AT_ONCE,
            in_time_order=True,
        )
        collect_seldom()
        began = perf_counter()
        consuming = asyncio.create_task(consumer.run())
        while (await growth.read(watching)).size < count:  # noqa: ASYNC110  from outside, as views
            await asyncio.sleep(0.05)
        took = perf_counter() - began
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
    await admin.close()
    return count / took


async def _check(line: Line, rows: Sequence[Row], count: int) -> None:
    """Every event once, in a place of its own, and under the tree."""
    async with await connect(line.database_url, "projections") as connection:
        trunk = await growth.read(connection)
        cursor = await connection.execute("select count(*) from waiting")
        (waiting,) = await cursor.fetchone() or (0,)
    tree = Frontier()
    tree.extend(leaf_hash(row[-1]) for row in rows)
    assert [row[0] for row in rows] == list(range(count))
    assert (waiting, trunk.tree.size, trunk.tree.root()) == (0, count, tree.root())
