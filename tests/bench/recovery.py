"""kill -9 of each process under light load: seconds until a report posted afterwards passes it."""

from __future__ import annotations

import threading
from statistics import median
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import psycopg

from tests.acceptance.chaos import Posted, post_until
from tests.bench.post import Person, seconds_until
from tests.bench.result import Goal, Result, machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.acceptance.installation import Installed
    from tests.bench.run import Run

IN_THE_VIEW = """
select from projections.case_status_reports where report_number = %(number)s and call_id is not null
"""
SENT = """
select from {0}.events e join {0}.published p on p.item_id = e.event_id
join {0}.relayed r on (r.topic, r.partition) = (p.topic, p.partition)
where p.number <= r.sent_through and e.stream_id = """
PASSED: Mapping[str, str] = {
    "web": "select",
    "intake": SENT.format("intake") + "'report-' || %(id)s",
    "triage": SENT.format("triage") + "'triage-' || %(id)s",
    "casework": SENT.format("casework")
    + "(select 'call-' || call_id from casework.call_numbers where number = %(number)s)",
    "projections": IN_THE_VIEW,
    "kafka": IN_THE_VIEW,
}
"""For each process, a query with a row as soon as the report passed it: committed and sent on by
the relay. The web process has when it answers, the broker when the whole way is done."""


def measure(run: Run) -> Result:
    """Each process several times, with time to settle between."""
    victims = ["casework", "kafka"] if run.quick else list(PASSED)
    times = run.size(5, 1)
    found: dict[str, list[float]] = {victim: [] for victim in victims}
    with run.installation() as installed:
        measured_on = machine(installed.database_url)
        with psycopg.connect(installed.database_url, autocommit=True) as connection:
            for turn in range(times):
                for place, victim in enumerate(victims):
                    seed = run.seed + turn * 100 + place
                    found[victim].append(_recovered(installed, connection, victim, seed))
                    installed.settle()
    return Result(
        name="recovery",
        seed=run.seed,
        sizes={"kills of each": times},
        figures={f"{victim}, median s": median(seconds) for victim, seconds in found.items()}
        | {f"{victim}, worst s": max(seconds) for victim, seconds in found.items()},
        spread={victim: sorted(seconds) for victim, seconds in found.items()},
        machine=measured_on,
        goals=[
            Goal(f"{victim}, {which} s", "at most", 5)
            for victim in victims
            for which in ("median", "worst")
        ],
    )


def _recovered(
    installed: Installed, connection: psycopg.Connection, victim: str, seed: int
) -> float:
    stop = threading.Event()
    load = threading.Thread(target=post_until, args=(installed, stop, seed, Posted()))
    load.start()
    person = Person(installed, seed)
    try:
        sleep(1)
        killed = perf_counter()
        installed.kill(victim)
        report = person.post_until_answered()
        arguments = {"number": report["report_number"], "id": report["report_id"]}
        query = PASSED[victim].encode()
        seconds_until(lambda: connection.execute(query, arguments).rowcount > 0, 0.01)
        return perf_counter() - killed
    finally:
        stop.set()
        load.join()
        person.close()
