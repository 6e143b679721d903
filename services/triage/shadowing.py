"""One rehearsal: past reports through two bundles; differences are stored as they are found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.runtime.clock import new_id, now
from services.triage import rehearsal_history, runs
from services.triage.domain.shadow import BundleReplay, Shadow
from services.triage.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.runtime.database import Connection
    from services.runtime.keyring import Keyring
    from services.triage.domain.bundle import Bundle
    from services.triage.domain.shadow import Difference, PastReport


@dataclass(frozen=True, slots=True)
class Ledger:
    """Three connections: two to read the ledger, one to triage's own tables."""

    reading: Connection
    asking: Connection
    own: Connection
    keyring: Keyring


async def rehearse(
    ledger: Ledger,
    baseline: Bundle,
    candidate: Bundle,
    since: datetime | None,
    by: str,
    progress: Callable[[int, int], None],
) -> Run:
    """Decide again what was triaged since then; gives the stored run."""
    total = await rehearsal_history.count(ledger.asking, since)
    run = Run(new_id(), candidate.digest, baseline.digest, since, by, now(), None, 0, total, None)
    await runs.begin(ledger.own, run)
    shadow, place = Shadow(BundleReplay(baseline), BundleReplay(candidate)), 0
    found: list[Difference] = []
    start = since - _memory(baseline, candidate) if since else None
    async for moment in rehearsal_history.moments(
        ledger.reading, ledger.asking, ledger.keyring, start
    ):
        for report_id in moment.retracted:
            shadow.retract(report_id)
        if since is not None and moment.at < since:
            shadow.before(moment.pasts)
            continue
        found += shadow.batch(moment.pasts)
        done = shadow.counts["reports"]
        if len(found) >= rehearsal_history.AT_ONCE or _steps(done, moment.pasts):
            await runs.add(ledger.own, run.run_id, place, found, done)
            place, found = place + len(found), []
            progress(done, total)
    await runs.add(ledger.own, run.run_id, place, found, shadow.counts["reports"])
    await runs.finish(ledger.own, run.run_id, shadow.figures(), now())
    progress(total, total)
    kept = await runs.find(ledger.own, run.run_id)
    assert kept is not None
    return kept


def _steps(done: int, batch: tuple[PastReport, ...]) -> bool:
    """Whether another hundred reports are done."""
    return done // 100 > (done - len(batch)) // 100


def _memory(*bundles: Bundle) -> timedelta:
    """How long before the range a report can matter to it; triage keeps candidates no longer."""
    hours = [
        hours
        for bundle in bundles
        for hours in (
            bundle.duplicates.unknown_horizon_hours,
            *(each.duplicate_horizon_hours for each in bundle.profile.types.values()),
        )
    ]
    return timedelta(hours=max(hours), days=1)
