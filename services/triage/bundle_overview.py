"""Triage as the console shows it: the active bundle, all activations, and the newest rehearsals."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.topics import Topics
from events.triage import BundleActivated
from services.agency.loader import load_profile
from services.runtime.clock import now
from services.runtime.custody import open_keyring
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.identity import Role
from services.runtime.problems import ProblemError
from services.triage import runs
from services.triage.domain.activations import (
    LONGEST_REASON,
    STREAM,
    Activations,
    NotNowError,
    may_promote,
)
from services.triage.domain.rates import rates
from services.triage.rehearsing import Rehearsing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from services.access.recording import Access
    from services.runtime.database import Connection, Pool
    from services.runtime.identity import Identity
    from services.runtime.settings import Settings
    from services.runtime.wake import Wake

OPERATORS = frozenset({Role.ADMINISTRATOR})
PER_PAGE = 100
KINDS = {
    "emergency_lost": "emergency lost",
    "emergency_gained": "emergency gained",
    "type_changed": "type",
    "urgency_lowered": "less urgent",
    "urgency_raised": "more urgent",
    "severity_changed": "severity",
    "route_changed": "desk or district",
    "link_lost": "link lost",
    "link_gained": "link gained",
    "suggestions_changed": "suggestions",
    "as_recorded": "bundle in force, again as recorded",
}


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """What the console needs of triage."""

    pool: Pool
    rehearsing: Rehearsing
    wake: Wake
    access: Access


@asynccontextmanager
async def open_rehearsals(
    settings: Settings, wake: Wake, access: Access
) -> AsyncIterator[Rehearsals]:
    """Rehearsals as the console shows them, until the block ends."""
    profile, topics = load_profile(settings.agency), Topics(settings.topic_prefix)
    events = EventStore("triage", topics, open_keyring(settings))
    rehearsing = Rehearsing(events, topics.of("intake"), settings.agency, profile.zone)
    async with open_pool(settings.database_for("triage"), "triage", maximum=2) as pool:
        yield Rehearsals(pool, rehearsing, wake, access)


def viewer_variables(identity: Identity) -> dict[str, Any]:
    """Template variables that depend on the viewer."""
    return {"operates": identity.role in OPERATORS, "longest": LONGEST_REASON}


async def overview(rehearsing: Rehearsing, connection: Connection) -> dict[str, Any]:
    """The active bundle, all activations, and the newest rehearsals."""
    envelopes = await rehearsing.events.read(connection, STREAM)
    past = [(e, e.data) for e in envelopes if isinstance(e.data, BundleActivated)]
    found = Activations(tuple(data for _, data in past))
    newest = await runs.newest(connection)
    return {
        "past": [
            {"by": e.actor.who, "version": e.version, **_activation_summary(data)}
            for e, data in past
        ][::-1],
        "back": found.rollback_stack[-2] if len(found.rollback_stack) > 1 else None,
        "runs": [_run_summary(rehearsing, found, run, newest) for run in newest],
        "moment": now(),
    }


def _activation_summary(activated: BundleActivated) -> dict[str, Any]:
    names = (
        "bundle",
        "how",
        "reason",
        "activated_at",
        "effective",
        "shadow",
        "despite_gates",
        "approved_by",
    )
    return {name: getattr(activated, name) for name in names}


def _run_summary(
    rehearsing: Rehearsing, found: Activations, run: runs.Run, others: list[runs.Run]
) -> dict[str, Any]:
    """A run with its gates, and whether it permits its bundle to be promoted."""
    gates = rehearsing.gates(run)
    passed = bool(gates) and all(gate.passed for gate in gates)
    return {
        "run": run,
        "gates": gates,
        "passed": passed,
        "promotable": passed and _decides_promotion(rehearsing, found, run, others),
    }


def _decides_promotion(
    rehearsing: Rehearsing, found: Activations, run: runs.Run, others: list[runs.Run]
) -> bool:
    """Whether promoting its bundle would be decided by this run."""
    try:
        done = [rehearsing.rehearsal(each) for each in others if each.finished_at]
        _, rehearsal = may_promote(found, run.bundle, done)
    except NotNowError:
        return False
    return rehearsal is not None and rehearsal.run_id == run.run_id


async def differences_page(
    rehearsing: Rehearsing, connection: Connection, run_id: UUID, after: int
) -> dict[str, Any]:
    """One rehearsal with a page of its differences; ProblemError 404 when there is none."""
    run = await runs.find(connection, run_id)
    if run is None:
        raise ProblemError(404, "no-such-rehearsal", "There is no such rehearsal")
    return {
        "run": run,
        "gates": rehearsing.gates(run),
        "rates": rates(run.figures),
        "kinds": KINDS,
        "differences": await runs.differences(connection, run_id, after=after, limit=PER_PAGE),
        "differ": await runs.count_differences(connection, run_id),
        "after": after,
        "per_page": PER_PAGE,
    }
