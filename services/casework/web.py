"""All HTTP routes of casework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.casework import api, forms
from services.casework.app import open_casework, open_subjects
from services.casework.records import api as records_api
from services.casework.subjects import api as subjects_api

if TYPE_CHECKING:
    from services.access.mounting import Mounting


async def mount(web: Mounting) -> None:
    """Add casework's routes; mount them last, because their forms match every remaining verb."""
    casework = await web.stack.enter_async_context(open_casework(web.settings, web.wake))
    subjects = open_subjects(web.settings, casework)
    for router in (
        api.router(casework, web.keyring, web.access),
        subjects_api.router(subjects),
        records_api.router(subjects),
        forms.router(casework),
    ):
        web.app.include_router(router)
