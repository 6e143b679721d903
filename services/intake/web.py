"""All HTTP routes of intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.topics import Topics
from services.agency.site_loader import load_site
from services.intake import api
from services.intake.app import open_intake
from services.intake.desk import api as desk_api
from services.intake.following import api as following_api
from services.intake.inlet import api as inlet_api
from services.intake.inquiries import api as inquiries_api
from services.intake.inquiries import pages as inquiries_pages
from services.intake.inquiries import staff_forms
from services.intake.open311 import api as open311_api
from services.intake.site import api as site_api
from services.intake.telephone import api as telephone_api
from services.intake.texting import api as texting_api
from services.runtime.stations import report

if TYPE_CHECKING:
    from pathlib import Path

    from services.access.mounting import Mounting
    from services.intake.desk.report_search import Search

CONNECTIONS = 8


async def mount(web: Mounting, search: Search | None, staff_templates: Path) -> None:
    """Add intake's routes; without a search the desk finds by number and date only."""
    intake = await web.stack.enter_async_context(
        open_intake(web.settings, web.wake, connections=CONNECTIONS)
    )
    site = load_site(web.settings.agency, web.profile)
    for router in (
        api.router(intake),
        following_api.router(intake, site, web.access),
        inlet_api.router(intake, Topics(web.settings.topic_prefix)),
        site_api.router(intake, site),
        inquiries_api.router(intake, site),
        inquiries_pages.router(intake, site),
        staff_forms.router(intake, site),
        texting_api.router(intake, site),
        telephone_api.router(intake),
        open311_api.router(intake),
        desk_api.router(intake, site, web.access, search, staff_templates),
    ):
        web.app.include_router(router)
    web.loops.append(report(intake.pool, web.stations))
