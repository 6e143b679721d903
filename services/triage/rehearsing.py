"""Rehearsals and activations, as the command line and the console use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.runtime.clock import now
from services.triage import activating, runs
from services.triage.domain.activations import Rehearsal
from services.triage.domain.gates import judged
from services.triage.gates_file import limits_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from events.triage import BundleActivated, GateFigure
    from services.runtime.database import Connection
    from services.runtime.event_store import EventStore
    from services.triage.activating import Author, Override
    from services.triage.domain.gates import Limits
    from services.triage.runs import Run

OUTBOX = "triage.outbox"


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """What reading rehearsals and acting on them needs."""

    events: EventStore
    topic: str
    agency: Path
    zone: ZoneInfo

    def limits(self) -> Limits:
        """The agency's limits in force today."""
        return limits_on(self.agency, now().astimezone(self.zone).date())

    def gates(self, run: Run) -> tuple[GateFigure, ...]:
        """A run's figures against today's limits; empty until it is finished."""
        return judged(run.figures, self.limits()) if run.figures else ()

    def rehearsal(self, run: Run) -> Rehearsal:
        """A run as promotion needs it."""
        return Rehearsal(run.run_id, run.bundle, run.baseline, run.began_at, self.gates(run))

    async def promote(
        self, connection: Connection, bundle: str, by: Author, override: Override | None = None
    ) -> BundleActivated | None:
        """Activate a bundle; None when it is active already. NotNowError, BundleError."""
        found = await runs.finished(connection, bundle)
        rehearsals: Sequence[Rehearsal] = [self.rehearsal(run) for run in found]
        return await activating.promote(
            connection, self.events, self.topic, bundle, by, rehearsals, now(), override
        )

    async def roll_back(
        self, connection: Connection, leave: str, by: Author
    ) -> BundleActivated | None:
        """Deactivate a bundle; None when it is not active any more. NotNowError, BundleError."""
        return await activating.roll_back(connection, self.events, self.topic, leave, by, now())
