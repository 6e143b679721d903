"""Microseconds of the pure decision about one report: type, urgency, duplicates, district, reasons.

Finding the candidates (Postgres in the service, an index in memory here) is not counted.
"""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from datetime import timedelta
from statistics import mean
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from events.envelope import Purpose
from services.agency.default import default_agency
from services.intake.domain.report import SubmitReport, assess_answers, submit
from services.intake.domain.submission import read_submission
from services.runtime.clock import now
from services.triage.bundle_files import build
from services.triage.domain.block_index import BlockIndex
from services.triage.domain.decision import ReportFacts, consider, decide, horizon_of
from tests.bench.reports import WORDS, Reports
from tests.bench.result import Goal, Result, machine_without_servers, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from services.triage.domain.bundle import Bundle
    from tests.bench.run import Run

IN_HOT_PLACES: Final = 0.3
HOT_PLACES: Final = 10
UNTYPED: Final = 0.7
"""Share of reports whose type is found from the text."""
MEAN_MICROSECONDS, P99_MICROSECONDS = 200, 500


def measure(run: Run) -> Result:
    """Each report once, in time order, its duplicates before it."""
    _, bundle = build(default_agency())
    count = run.size(20_000, 1_000)
    taken, candidates, linked = _decide_all(bundle, run.seed, count)
    return Result(
        name="triage-decide",
        seed=run.seed,
        sizes={"texts": count, "share in hot places": IN_HOT_PLACES, "hot places": HOT_PLACES},
        figures={
            "mean, µs": mean(taken),
            "p50, µs": percentile(taken, 50),
            "p99, µs": percentile(taken, 99),
            "most, µs": max(taken),
            "candidates a report, mean": mean(candidates),
            "linked automatically, share": linked / count,
        },
        machine=machine_without_servers(),
        goals=[
            Goal("mean, µs", "at most", MEAN_MICROSECONDS),
            Goal("p99, µs", "at most", P99_MICROSECONDS),
        ],
    )


def _decide_all(bundle: Bundle, seed: int, count: int) -> tuple[list[float], list[int], int]:
    index, taken, compared, linked = BlockIndex(), [], [], 0
    moment = now()
    reports = list(_facts(bundle, seed, count, moment))
    gc.collect()
    gc.freeze()
    for facts in reports:
        ready = consider(bundle, facts)
        span = int(horizon_of(bundle, ready.kind.type).total_seconds() // 60)
        around = index.around(ready.traits, span)
        began = perf_counter_ns()
        decision = decide(bundle, consider(bundle, facts), around, moment)
        taken.append((perf_counter_ns() - began) / 1000)
        compared.append(len(around))
        linked += decision.anchor != facts.report_id
        index.add(replace(ready.traits, anchor=decision.anchor))
    gc.unfreeze()
    return taken, compared, linked


def _facts(bundle: Bundle, seed: int, count: int, moment: datetime) -> Iterator[ReportFacts]:
    chance, bodies = random.Random(seed), iter(Reports.of(seed))
    hot = [_place(next(bodies)) for _ in range(HOT_PLACES)]
    words = [
        *WORDS,
        *(w for t in bundle.profile.types.values() for k in t.keywords for w in k.split()),
    ]
    for number in range(count):
        body = dict(next(bodies))
        if chance.random() < IN_HOT_PLACES:
            body["location"] = chance.choice(hot)
        if chance.random() < UNTYPED:
            del body["type"]
            body["description"] = " ".join(chance.choices(words, k=28))
        received = moment - timedelta(seconds=count - number)
        yield _fact(bundle, number, body, received)


def _place(body: dict[str, Any]) -> Any:
    return body["location"]


def _fact(bundle: Bundle, number: int, body: dict[str, Any], received: datetime) -> ReportFacts:
    profile = bundle.profile
    read = read_submission(body, profile.known_types, profile.zone, received)
    said = assess_answers(profile, read.safety, read.type, "live")
    report_id = UUID(int=number + 1)
    submitted = submit(SubmitReport(report_id, f"{number:09}", "api", read, said))
    text = " ".join(filter(None, (read.description, read.location_text)))
    return ReportFacts(
        report_id,
        submitted,
        text,
        Purpose.LIVE,
        received,
        read.location_text,
        tuple(read.vehicles),
        read.contact,
    )
