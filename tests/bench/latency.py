"""Idle system: from the answer to a POST until the report is in the view, and on the dashboard."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import httpx
import psycopg

from services.local.installation import Installation
from tests.bench.post import Person, seconds_until
from tests.bench.result import Goal, Result, machine, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed
    from tests.bench.run import Run

POLL_SECONDS = 0.002


@dataclass
class Dashboard:
    """The console's live stream as a browser reads it, each fragment with its time of arrival."""

    client: httpx.Client
    fragments: list[tuple[float, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until stopped; the stream never falls silent for long."""
        pieces: list[str] = []
        with self.client.stream("GET", "/console/live", timeout=30) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line:
                    pieces.append(line)
                else:
                    self.fragments.append((perf_counter(), "\n".join(pieces)))
                    pieces = []
                if self.stop.is_set():
                    return

    def shown_at(self, number: str) -> float:
        """When the first fragment with this report number came."""
        found: list[float] = []

        def there() -> bool:
            found.extend(moment for moment, text in self.fragments if number in text)
            return bool(found)

        seconds_until(there, POLL_SECONDS)
        self.fragments.clear()
        return found[0]


@contextmanager
def a_dashboard(installed: Installed) -> Iterator[Dashboard]:
    """Signed in and watching."""
    password = Installation(installed.data).development_password()
    with httpx.Client(base_url=installed.url) as client:
        form = {"account": "supervisor", "password": password}
        answer = client.post("/console/sign-in", data=form)
        assert answer.status_code == 303, answer.status_code
        dashboard = Dashboard(client)
        reader = threading.Thread(target=dashboard.read, daemon=True)
        reader.start()
        seconds_until(lambda: bool(dashboard.fragments), POLL_SECONDS)
        try:
            yield dashboard
        finally:
            dashboard.stop.set()
            reader.join(15)


def measure(run: Run) -> Result:
    """One report after the other, each shown before the next is posted."""
    count = run.size(300, 10)
    with run.installation() as installed:
        measured_on = machine(installed.database_url)
        with (
            psycopg.connect(installed.database_url, autocommit=True) as connection,
            a_dashboard(installed) as dashboard,
        ):
            _one_each(installed, connection, dashboard, run.seed, run.size(20, 3))
            found = _one_each(installed, connection, dashboard, run.seed + 1, count)
    figures = {
        f"{name}, p{per_cent} ms": percentile(values, per_cent) * 1000
        for name, values in found.items()
        for per_cent in (50, 99)
    }
    return Result(
        name="latency",
        seed=run.seed,
        sizes={"reports": count},
        figures=figures,
        machine=measured_on,
        goals=[
            Goal("answer to view, p50 ms", "at most", 150),
            Goal("answer to view, p99 ms", "at most", 500),
            Goal("answer to dashboard, p50 ms", "at most", 150),
            Goal("answer to dashboard, p99 ms", "at most", 500),
        ],
    )


def _one_each(
    installed: Installed,
    connection: psycopg.Connection,
    dashboard: Dashboard,
    seed: int,
    count: int,
) -> dict[str, list[float]]:
    person, chance = Person(installed, seed), random.Random(seed)
    found: dict[str, list[float]] = {"post": [], "answer to view": [], "answer to dashboard": []}
    for _ in range(count):
        sleep(chance.random() * 0.2)
        asked = perf_counter()
        number = person.post()["report_number"]
        answered = perf_counter()

        def in_the_view(number: str = number) -> bool:
            query = "select from projections.case_status_reports where report_number = %s"
            return connection.execute(query, [number]).rowcount == 1

        found["post"].append(answered - asked)
        found["answer to view"].append(seconds_until(in_the_view, POLL_SECONDS))
        found["answer to dashboard"].append(dashboard.shown_at(number) - answered)
    person.close()
    return found
