"""One person who posts reports to a running installation and watches where they get to."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING, Any

import httpx

from tests.bench.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.installation import Installed

TIMEOUT_SECONDS = 60


@dataclass
class Person:
    """Posts one report after another over one connection."""

    installed: Installed
    seed: int
    bodies: Iterator[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.bodies = iter(Reports.of(self.seed))
        self.client = httpx.Client(base_url=self.installed.url, timeout=10)

    def post(self) -> dict[str, Any]:
        """The answer to the next report."""
        answer = self.client.post("/api/v1/reports", json=next(self.bodies))
        answer.raise_for_status()
        return dict(answer.json())

    def post_until_answered(self) -> dict[str, Any]:
        """The same report again and again until it is answered with success."""
        (body,) = islice(self.bodies, 1)
        key = f"bench-{self.seed}-{perf_counter()}"
        until = monotonic() + TIMEOUT_SECONDS
        while monotonic() < until:
            try:
                answer = self.client.post(
                    "/api/v1/reports", json=body, headers={"Idempotency-Key": key}, timeout=2
                )
            except httpx.HTTPError:
                sleep(0.02)
                continue
            if answer.status_code == 201:
                return dict(answer.json())
            sleep(0.02)
        raise AssertionError("no report was accepted in time")

    def close(self) -> None:
        self.client.close()


def seconds_until(
    there: Callable[[], bool], every_seconds: float, *, at_most_seconds: float = TIMEOUT_SECONDS
) -> float:
    """How long it takes until it is there."""
    began = perf_counter()
    while not there():
        if perf_counter() - began > at_most_seconds:
            raise AssertionError(f"not there after {at_most_seconds} s")
        sleep(every_seconds)
    return perf_counter() - began
