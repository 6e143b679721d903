"""One origin for every router: what `blotter serve` and `blotter up` run."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import uvicorn
from fastapi import APIRouter, FastAPI

from events.topics import Topics
from services.access.app import open_access
from services.agency.loader import load_profile
from services.agency.retention_loader import load_retention
from services.agency.site_loader import load_site
from services.casework import api as casework_api
from services.casework import pages as casework_pages
from services.casework.app import open_casework, open_subjects
from services.casework.records import api as records_requests_api
from services.casework.subjects import api as subjects_api
from services.intake import api as intake_api
from services.intake.app import open_intake
from services.intake.desk import api as desk_api
from services.intake.following import api as following_api
from services.intake.inlet import api as inlet_api
from services.intake.inquiries import api as inquiries_api
from services.intake.inquiries import desk as inquiries_desk
from services.intake.inquiries import pages as inquiries_pages
from services.intake.open311 import api as open311_api
from services.intake.site import api as site_api
from services.intake.telephone import api as telephone_api
from services.intake.texting import api as texting_api
from services.projections import api as projections_api
from services.projections.app import open_projections
from services.projections.audit import api as audit_api
from services.projections.audit import checks_api, proving_api
from services.projections.exporting import api as exporting_api
from services.projections.pages import (
    audit,
    console,
    inquiries,
    proof,
    replay,
    reveal,
    sign_in,
    verification,
)
from services.projections.pages import rebuilds as rebuilds_pages
from services.projections.pages.board import Board
from services.projections.personal import api as personal_api
from services.projections.proofs import api as proofs_api
from services.projections.rebuilds import api as rebuilds_api
from services.projections.records import api as records_api
from services.projections.search import api as search_api
from services.projections.search.asking import Asking
from services.projections.verifying import api as verifying_api
from services.runtime import pages, problems
from services.runtime.custody import open_keyring
from services.runtime.log import configure
from services.runtime.settings import read_settings
from services.runtime.stations import Station, report
from services.runtime.together import stop
from services.runtime.wake import Wake
from services.triage import pages as triage_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.agency.site import Site
    from services.intake.handlers import Intake
    from services.runtime.settings import Settings

ALL = ("intake", "casework", "projections")


def create_app(settings: Settings, parts: Sequence[str] = ALL) -> FastAPI:
    """The web application with the routers of `parts`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            loops = await _mount(app, settings, parts, stack)
            tasks = [asyncio.create_task(loop) for loop in loops]
            yield
            await stop(tasks)

    app = FastAPI(
        title="Blotter", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None
    )
    problems.install(app)
    pages.install(app)

    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, bool]:
        return {"answers": True}

    return app


async def _mount(app: FastAPI, settings: Settings, parts: Sequence[str], stack: AsyncExitStack):  # type: ignore[no-untyped-def]
    wake, station = Wake(settings.database_url), Station("web")
    keyring = open_keyring(settings)
    loops, last = [wake.run(), _beat(station)], list[APIRouter]()
    access = await stack.enter_async_context(open_access(settings, wake, keyring))
    profile = load_profile(settings.agency)
    retention = load_retention(settings.agency, profile.known_types)
    app.state.pages = pages.Pages(
        pages.HERE / "templates",
        agency=profile.name,
        live=profile.live,
        zone=profile.zone,
        lines=profile.emergency,
    )
    taking, search = list["tuple[Intake, Site]"](), None
    if "intake" in parts:
        intake = await stack.enter_async_context(open_intake(settings, wake, connections=8))
        site = load_site(settings.agency, profile)
        app.include_router(intake_api.router(intake))
        app.include_router(following_api.router(intake, site, access))
        app.include_router(inlet_api.router(intake, Topics(settings.topic_prefix)))
        app.include_router(site_api.router(intake, site))
        app.include_router(inquiries_api.router(intake, site))
        app.include_router(inquiries_pages.router(intake, site))
        app.include_router(inquiries_desk.router(intake, site))
        app.include_router(texting_api.router(intake, site))
        app.include_router(telephone_api.router(intake))
        app.include_router(open311_api.router(intake))
        taking.append((intake, site))
        loops.append(report(intake.pool, [station]))
    if "casework" in parts:
        casework = await stack.enter_async_context(open_casework(settings, wake))
        app.include_router(casework_api.router(casework, keyring, access))
        subjects = open_subjects(settings, casework)
        app.include_router(subjects_api.router(subjects))
        app.include_router(records_requests_api.router(subjects))
        last.append(casework_pages.router(casework))  # its forms take every verb that is left
    if "projections" in parts:
        projections = await stack.enter_async_context(open_projections(settings, wake, access))
        search = Asking(projections)
        board = Board(projections, console.console_pages(projections))
        app.include_router(projections_api.router(projections))
        app.include_router(proofs_api.router(projections))
        app.include_router(audit_api.router(projections))
        app.include_router(verifying_api.router(projections))
        app.include_router(exporting_api.router(projections))
        app.include_router(checks_api.router(projections))
        app.include_router(proving_api.router(projections))
        app.include_router(search_api.router(projections))
        app.include_router(records_api.router(projections, retention))
        app.include_router(sign_in.router(projections, board.pages, settings))
        app.include_router(console.router(projections, board))
        app.include_router(
            inquiries.router(projections, board.pages, load_site(settings.agency, profile))
        )
        app.include_router(rebuilds_api.router(projections))
        app.include_router(rebuilds_pages.router(projections, board.pages))
        rehearsals = await stack.enter_async_context(
            triage_pages.open_rehearsals(settings, wake, access)
        )
        app.include_router(triage_pages.router(rehearsals))
        app.include_router(audit.router(projections, board.pages))
        app.include_router(verification.router(projections, board.pages))
        # Takes every word that is left for a number.
        app.include_router(replay.router(projections, board.pages))
        app.include_router(proof.router(projections, board.pages))
        app.include_router(reveal.router(projections))
        app.include_router(personal_api.router(projections))
        loops.append(board.run())
    for intake, site in taking:
        app.include_router(desk_api.router(intake, site, access, search))
    for router in last:
        app.include_router(router)
    return loops


async def _beat(station: Station) -> None:
    while True:
        station.beat()
        await asyncio.sleep(1.0)


def serve(settings: Settings, parts: Sequence[str] = ALL) -> None:
    """Serve until SIGTERM or Ctrl-C; open streams are ended after a moment."""
    uvicorn.run(
        create_app(settings, parts), host=settings.host, port=settings.port, access_log=False,
        log_config=None, timeout_graceful_shutdown=2, limit_concurrency=1000,
    )  # fmt: skip


if __name__ == "__main__":
    process_settings = read_settings()
    configure("web", process_settings.log_level)
    serve(process_settings)
