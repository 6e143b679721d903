"""Status by other details than number and PIN, for reporting parties who lost them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake import details, store
from services.intake.follow_up import progress

if TYPE_CHECKING:
    from datetime import datetime

    from services.agency.site import Site
    from services.intake.domain.identifying import Details
    from services.intake.handlers import Intake


async def search(
    intake: Intake, site: Site, given: Details, moment: datetime
) -> list[dict[str, Any]]:
    """The newest few reports with these details; empty when any of them is wrong.

    Shows the same as number and PIN, and allows no change to the report.
    """
    async with intake.pool.connection() as connection:
        async with connection.transaction():
            numbers = await details.find(connection, intake.keyring, given, moment)
        rows = [await store.find_report(connection, number) for number in numbers]
        return [await progress(connection, row, moment, site.expected_hours) for row in rows if row]
