"""`/console/triage`: the bundle in force, those before it, rehearsals with what they found."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from events.envelope import Actor
from events.topics import Topics
from events.triage import BundleActivated
from services.access.reader import reader_of
from services.agency.loader import load_profile
from services.runtime.clock import new_id, now
from services.runtime.custody import open_keyring
from services.runtime.database import open_pool
from services.runtime.event_store import EventStore
from services.runtime.identity import AUDIT_READERS, Role, check_csrf, identify, require
from services.runtime.pages import Pages
from services.runtime.problems import ProblemError
from services.triage import runs
from services.triage.activating import By
from services.triage.domain.activations import (
    LONGEST_REASON,
    STREAM,
    Activations,
    NotNowError,
    may_promote,
)
from services.triage.domain.bundle import BundleError
from services.triage.domain.rates import rates
from services.triage.rehearsing import OUTBOX, Rehearsing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from services.access.recording import Access
    from services.runtime.database import Connection, Pool
    from services.runtime.identity import Identity
    from services.runtime.settings import Settings
    from services.runtime.wake import Wake

TEMPLATES = Path(__file__).parent / "templates"
OPERATORS = frozenset({Role.ADMINISTRATOR})
PER_PAGE = 100
KINDS = {
    "emergency_lost": "emergency lost", "emergency_gained": "emergency gained",
    "type_changed": "type", "urgency_lowered": "less urgent", "urgency_raised": "more urgent",
    "severity_changed": "severity", "route_changed": "desk or district",
    "link_lost": "link lost", "link_gained": "link gained", "suggestions_changed": "suggestions",
    "as_recorded": "bundle in force, again as recorded",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """What the console needs of triage."""

    pool: Pool
    rehearsing: Rehearsing
    wake: Wake
    access: Access
    pages: Pages


@asynccontextmanager
async def open_rehearsals(
    settings: Settings, wake: Wake, access: Access
) -> AsyncIterator[Rehearsals]:
    """Rehearsals as the console shows them, until the block ends."""
    profile, topics = load_profile(settings.agency), Topics(settings.topic_prefix)
    events = EventStore("triage", topics, open_keyring(settings))
    rehearsing = Rehearsing(events, topics.of("intake"), settings.agency, profile.zone)
    shown = Pages(
        TEMPLATES, agency=profile.name, live=profile.live, zone=profile.zone,
        lines=profile.emergency,
    )  # fmt: skip
    async with open_pool(settings.database_for("triage"), "triage", maximum=2) as pool:
        yield Rehearsals(pool, rehearsing, wake, access, shown)


def router(rehearsals: Rehearsals) -> APIRouter:
    """The routes. Whoever audits may look; only an administrator changes what is in force."""
    routes = APIRouter(
        prefix="/console/triage", tags=["console"], default_response_class=HTMLResponse
    )
    pool, pages = rehearsals.pool, rehearsals.pages

    @routes.get("")
    async def show(request: Request) -> Response:
        if await identify(pool, request, now()) is None:
            return RedirectResponse("/console/sign-in", 303)
        identity = await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await standing(rehearsals.rehearsing, connection)
        return pages.page("triage.html", identity=identity, **offered(identity), **found)

    @routes.get("/{run_id}")
    async def one(
        request: Request, run_id: UUID, after: Annotated[int, Query(ge=0, le=10**9)] = 0
    ) -> Response:
        identity = await require(pool, request, AUDIT_READERS, now())
        async with pool.connection() as connection:
            found = await differing(rehearsals.rehearsing, connection, run_id, after)
        reader = reader_of(identity, "projections", "console")
        listed = len(found["differences"])
        await rehearsals.access.listed(
            reader, "triage-rehearsal", {"run": str(run_id)}, str(after), listed
        )
        return pages.page("triage_run.html", identity=identity, **found)

    @routes.post("/promote")
    async def promote(
        request: Request, csrf: str = Form(""), bundle: str = Form(""), reason: str = Form("")
    ) -> Response:
        return await _act(rehearsals, request, csrf, bundle, reason, rehearsals.rehearsing.promote)

    @routes.post("/rollback")
    async def rollback(
        request: Request, csrf: str = Form(""), bundle: str = Form(""), reason: str = Form("")
    ) -> Response:
        back = rehearsals.rehearsing.roll_back
        return await _act(rehearsals, request, csrf, bundle, reason, back)

    return routes


async def _act(
    rehearsals: Rehearsals, request: Request, csrf: str, bundle: str, reason: str,
    verb: Callable[[Connection, str, By], Awaitable[BundleActivated | None]],
) -> Response:  # fmt: skip
    """Promote or roll back, once however often the form is sent."""
    identity = await require(rehearsals.pool, request, OPERATORS, now())
    check_csrf(identity, csrf)
    through = "console" if identity.csrf else "api"
    actor = Actor(identity.account, "department", through)
    try:
        async with rehearsals.pool.connection() as connection:
            await verb(connection, bundle, By(actor, reason, new_id()))
    except NotNowError as error:
        raise ProblemError(409, "bundle-not-now", "Not now", str(error)) from None
    except BundleError as error:
        raise ProblemError(409, "bundle-refused", "Not a usable bundle", str(error)) from None
    rehearsals.wake.ring(OUTBOX)
    return RedirectResponse("/console/triage", 303)


def offered(identity: Identity) -> dict[str, Any]:
    """What the templates need besides what was found."""
    return {"operates": identity.role in OPERATORS, "longest": LONGEST_REASON}


async def standing(rehearsing: Rehearsing, connection: Connection) -> dict[str, Any]:
    """What is in force, everything that was, and the newest rehearsals."""
    envelopes = await rehearsing.events.read(connection, STREAM)
    past = [(e, e.data) for e in envelopes if isinstance(e.data, BundleActivated)]
    found = Activations(tuple(data for _, data in past))
    newest = await runs.newest(connection)
    return {
        "past": [{"by": e.actor.who, "version": e.version, **_plain(data)} for e, data in past][
            ::-1
        ],
        "back": found.standing[-2] if len(found.standing) > 1 else None,
        "runs": [_told(rehearsing, found, run, newest) for run in newest],
        "moment": now(),
    }


def _plain(activated: BundleActivated) -> dict[str, Any]:
    names = (
        "bundle", "how", "reason", "activated_at", "effective", "shadow", "despite_gates",
        "approved_by",
    )  # fmt: skip
    return {name: getattr(activated, name) for name in names}


def _told(
    rehearsing: Rehearsing, found: Activations, run: runs.Run, others: list[runs.Run]
) -> dict[str, Any]:
    """A run with how it stands against the gates, and whether its bundle may be promoted by it."""
    gates = rehearsing.gates(run)
    passed = bool(gates) and all(gate.passed for gate in gates)
    return {"run": run, "gates": gates, "passed": passed,
            "promotable": passed and _is_it(rehearsing, found, run, others)}  # fmt: skip


def _is_it(
    rehearsing: Rehearsing, found: Activations, run: runs.Run, others: list[runs.Run]
) -> bool:
    """Whether this is the run that promoting its bundle would rest on."""
    try:
        done = [rehearsing.rehearsal(each) for each in others if each.finished_at]
        _, rehearsal = may_promote(found, run.bundle, done)
    except NotNowError:
        return False
    return rehearsal is not None and rehearsal.run_id == run.run_id


async def differing(
    rehearsing: Rehearsing, connection: Connection, run_id: UUID, after: int
) -> dict[str, Any]:
    """One rehearsal with a page of its differences; a problem when there is none."""
    run = await runs.find(connection, run_id)
    if run is None:
        raise ProblemError(404, "no-such-rehearsal", "There is no such rehearsal")
    return {
        "run": run, "gates": rehearsing.gates(run), "rates": rates(run.figures), "kinds": KINDS,
        "differences": await runs.differences(connection, run_id, after=after, limit=PER_PAGE),
        "differ": await runs.count_differences(connection, run_id),
        "after": after, "per_page": PER_PAGE,
    }  # fmt: skip
