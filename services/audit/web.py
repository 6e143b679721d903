"""Everything that is answered about history over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agency.retention_loader import load_retention
from services.audit import (
    api,
    checks_api,
    exporting_api,
    proving_api,
    verifying_api,
    who_read_api,
)
from services.audit.records_requests import api as records_requests_api

if TYPE_CHECKING:
    from services.access.mounting import Mounting
    from services.ledger.app import ReadSide


def mount(web: Mounting, read_side: ReadSide) -> None:
    """Add the routes of audit, on a read side that is already composed."""
    retention = load_retention(web.settings.agency, web.profile.known_types)
    for router in (
        api.router(read_side),
        verifying_api.router(read_side),
        exporting_api.router(read_side),
        checks_api.router(read_side),
        proving_api.router(read_side),
        who_read_api.router(read_side),
        records_requests_api.router(read_side, retention),
    ):
        web.app.include_router(router)
