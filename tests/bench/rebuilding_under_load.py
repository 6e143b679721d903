"""People report and read while a view is rebuilt, switched and switched back: what they notice.

Reads are timed twice under the same reports: before the rebuild, and from its request until it has
switched. Then every report that was acknowledged is looked for, after the switch and after undo.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import httpx
import psycopg

from tests.acceptance.installation import wait_for
from tests.bench.histories import fill_ledger
from tests.bench.post import Person
from tests.bench.result import Goal, Result, machine, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.installation import Installed
    from tests.bench.run import Run

VIEW = "case-status"
PAUSE_SECONDS = 0.1
READS = ("/api/v1/views/case-status?limit=50", "/api/v1/views/workload", "/console")
SETTLE_SECONDS = 900
IDLE, DURING = "read before, p99 ms", "read during the rebuild, p99 ms"
RATIO = "p99 of reads, during / before"


@dataclass
class Load:
    """One person reports, another reads; each at a steady pace, until stopped."""

    installed: Installed
    seed: int
    numbers: list[str] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def report(self) -> None:
        person = Person(self.installed, self.seed)
        while not self.stop.wait(PAUSE_SECONDS):
            try:
                self.numbers.append(person.post()["report_number"])
            except httpx.HTTPError as error:
                self.failures.append(f"a report: {type(error).__name__}")
        person.close()

    def read(self) -> None:
        with self.installed.client() as client:
            while not self.stop.is_set():
                for path in READS:
                    began = perf_counter()
                    try:
                        client.get(path).raise_for_status()
                    except httpx.HTTPError as error:
                        self.failures.append(f"{path}: {type(error).__name__}")
                    self.reads.append(perf_counter() - began)
                    sleep(PAUSE_SECONDS / 10)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=each, daemon=True) for each in (self.report, self.read)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(30)


def measure(run: Run) -> Result:
    """Some seconds before; then a rebuild that switches; then undo."""
    events, seconds = run.size(500_000, 3_000), run.size(30, 2)
    with run.installation() as installed:
        measured_on = machine(installed.database_url)
        fill_ledger(installed.database_url, events, run.seed)
        installed.settle(SETTLE_SECONDS)
        before, during = Load(installed, run.seed), Load(installed, run.seed + 1)
        with installed.client() as client:
            with before.running():
                sleep(seconds)
            with during.running():
                took = _rebuild_and_switch(client)
            numbers = before.numbers + during.numbers
            installed.settle()
            missing = {"after the switch": _missing(installed, numbers)}
            _ask(client, "undo")
            installed.settle()
            missing["after undo"] = _missing(installed, numbers)
            _ask(client, "drop")
    idle, busy = percentile(before.reads, 99) * 1000, percentile(during.reads, 99) * 1000
    return Result(
        name="rebuild-under-load",
        seed=run.seed,
        sizes={
            "events": events,
            "seconds before": seconds,
            "reports": len(numbers),
            "reads before": len(before.reads),
            "reads during": len(during.reads),
        },
        figures={
            IDLE: idle,
            DURING: busy,
            "read before, p50 ms": percentile(before.reads, 50) * 1000,
            "read during the rebuild, p50 ms": percentile(during.reads, 50) * 1000,
            "longest read during, ms": max(during.reads) * 1000,
            "requests that failed": len(before.failures) + len(during.failures),
            "rebuild and switch under load, s": took,
            **{f"reports missing {when}": count for when, count in missing.items()},
        },
        ratios={RATIO: busy / idle},
        machine=measured_on,
        goals=[
            Goal(RATIO, "at most", 2),
            Goal("requests that failed", "at most", 0),
            *(Goal(f"reports missing {when}", "at most", 0) for when in missing),
        ],
    )


def _rebuild_and_switch(client: httpx.Client) -> float:
    began = perf_counter()
    answer = client.post(f"/api/v1/rebuilds/{VIEW}", json={"switch_when_built": True})
    assert answer.status_code == 202, answer.text

    def switched() -> bool:
        views = client.get("/api/v1/rebuilds").json()["views"]
        (rebuild,) = [each["rebuild"] for each in views if each["view"] == VIEW]
        return bool(rebuild and rebuild["state"] == "switched")

    wait_for(switched, "the switch", 600, 0.2)
    return perf_counter() - began


def _ask(client: httpx.Client, verb: str) -> None:
    answer = client.post(f"/api/v1/rebuilds/{VIEW}/{verb}")
    assert answer.is_success, answer.text


def _missing(installed: Installed, numbers: list[str]) -> int:
    """Acknowledged reports that are not in the served rows with their call."""
    with psycopg.connect(installed.database_url) as connection:
        row = connection.execute(
            "select count(*) from unnest(%s::text[]) n where not exists (select from"
            " projections.case_status_reports r join projections.case_status_calls c"
            " on c.key = r.call_id where r.report_number = n)",
            [numbers],
        ).fetchone()
    return int(row[0]) if row else -1
