"""One origin for every service's routes: what `blotter up` and the image run."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from services.access.app import open_access
from services.access.mounting import Mounting
from services.agency.loader import load_profile
from services.audit import web as audit
from services.casework import web as casework
from services.console import web as console
from services.console.templates import TEMPLATES, console_pages
from services.intake import web as intake
from services.ledger import web as ledger
from services.projections import web as projections
from services.runtime.application import application, serve
from services.runtime.custody import open_keyring
from services.runtime.log import configure
from services.runtime.settings import read_settings
from services.runtime.stations import Station, keep_beating
from services.runtime.together import running
from services.runtime.wake import Wake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from fastapi import FastAPI

    from services.runtime.settings import Settings

ALL = ("intake", "casework", "projections")


def create_app(settings: Settings, parts: Sequence[str] = ALL) -> FastAPI:
    """The web application with the routes of `parts`; `projections` brings ledger and console."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            web = await _mounted(app, settings, parts, stack)
            async with running(web.loops):
                yield

    return application(lifespan)


async def _mounted(
    app: FastAPI, settings: Settings, parts: Sequence[str], stack: AsyncExitStack
) -> Mounting:
    wake, station, keyring = Wake(settings.database_url), Station("web"), open_keyring(settings)
    access = await stack.enter_async_context(open_access(settings, wake, keyring))
    profile = load_profile(settings.agency)
    app.state.pages = console_pages(profile)
    web = Mounting(app, stack, settings, wake, keyring, access, profile, [station])
    web.loops.extend((wake.run(), keep_beating(station)))
    read_side = await ledger.mount(web) if "projections" in parts else None
    search = projections.mount(web, read_side) if read_side else None
    if "intake" in parts:
        await intake.mount(web, search, TEMPLATES)
    if read_side:
        audit.mount(web, read_side)
        await console.mount(web, read_side)
    if "casework" in parts:
        await casework.mount(web)
    return web


if __name__ == "__main__":
    process_settings = read_settings()
    configure("web", process_settings.log_level)
    serve(create_app(process_settings), process_settings.host, process_settings.port)
