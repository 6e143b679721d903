"""Everything that the projections serve over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.projections import api
from services.projections.personal import api as personal_api
from services.projections.rebuilds import api as rebuilds_api
from services.projections.search import api as search_api
from services.projections.search.recorded_search import RecordedSearch

if TYPE_CHECKING:
    from services.access.mounting import Mounting
    from services.ledger.app import ReadSide


def mount(web: Mounting, read_side: ReadSide) -> RecordedSearch:
    """Add the projections' routes; gives the search as other services may use it."""
    for router in (
        api.router(read_side),
        search_api.router(read_side),
        rebuilds_api.router(read_side),
        personal_api.router(read_side),
    ):
        web.app.include_router(router)
    return RecordedSearch(read_side)
