"""A partner publishes many reports at once: reports/s until both views hold them all.

On top of a past of a million events. Where the time went: seconds of processor per process.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import psycopg

from events.topics import Topics
from services.local.installation import Installation
from services.runtime.kafka import Admin, Producer
from tests.bench.filling import fill
from tests.bench.post import seconds_until
from tests.bench.processes import cpu_seconds
from tests.bench.reports import PARTNER, partner_records
from tests.bench.result import Goal, Result, machine

if TYPE_CHECKING:
    from tests.acceptance.installation import Installed
    from tests.bench.run import Run

RATE = "sustained, reports/s"
AT_ONCE = 2000
PATIENCE_SECONDS = 1800
HOLD = """
select count(*) = %(reports)s and coalesce(max(position), 0) <
  (select position from projections.checkpoints where view = 'workload')
from projections.case_status_reports
where received_position >= %(start)s and partner = %(partner)s and call_id is not null
"""


def measure(run: Run) -> Result:
    """Fill, publish, wait."""
    past, count = run.size(1_000_000, 600), run.size(20_000, 300)
    with run.installation() as installed:
        measured_on = machine(installed.database_url)
        asyncio.run(_make_topics(installed))
        _wait_for_intake(installed)
        began = perf_counter()
        key = b64decode(Installation(installed.data).master_key())
        fill(installed.database_url, key, past, run.seed)
        filled_seconds = perf_counter() - began
        installed.settle()
        before, own = cpu_seconds(installed), process_time()
        took, published = asyncio.run(_publish_and_wait(installed, run.seed, count))
        after, own = cpu_seconds(installed), process_time() - own
        installed.settle()
    spent = {name: after[name] - before[name] for name in after} | {"the benchmark": own}
    return Result(
        name="end-to-end",
        seed=run.seed,
        sizes={"events before": past, "reports": count},
        figures={
            RATE: count / took,
            "published, reports/s": count / published,
            "filling, events/s": past / filled_seconds,
            "all processors, ms a report": sum(spent.values()) / count * 1000,
        }
        | {f"{name}, processor ms a report": s / count * 1000 for name, s in spent.items()},
        machine=measured_on,
        goals=[Goal(RATE, "at least", 500)],
    )


async def _make_topics(installed: Installed) -> None:
    """The partner's topics, before the clock starts."""
    admin, topics = Admin(installed.running.kafka_bootstrap), Topics()
    await admin.ensure([topics.inbound(PARTNER), topics.replies(PARTNER)])
    await admin.close()


def _wait_for_intake(installed: Installed) -> None:
    """It looks for new partners every few seconds."""
    query = "select from runtime.positions where consumer = 'intake' and topic = %s"
    with psycopg.connect(installed.database_url, autocommit=True) as connection:
        topic = Topics().inbound(PARTNER)
        seconds_until(lambda: connection.execute(query, [topic]).rowcount > 0, 0.1)
    installed.settle()


async def _publish_and_wait(installed: Installed, seed: int, count: int) -> tuple[float, float]:
    """Seconds from the first record until the views hold all, and until all were published."""
    producer = Producer(installed.running.kafka_bootstrap)
    records = partner_records(seed, count, Topics().inbound(PARTNER))
    with psycopg.connect(installed.database_url, autocommit=True) as connection:
        (start,) = connection.execute("select size from projections.ledger_size").fetchone() or (0,)
        began = perf_counter()
        for first in range(0, count, AT_ONCE):
            await producer.send_all(records[first : first + AT_ONCE])
        published = perf_counter() - began

        def all_there() -> bool:
            arguments = {"reports": count, "start": start, "partner": PARTNER}
            row = connection.execute(HOLD.encode(), arguments).fetchone()
            return bool(row and row[0])

        seconds_until(all_there, 0.2, at_most_seconds=PATIENCE_SECONDS)
        took = perf_counter() - began
    await producer.close()
    return took, published
