"""Calls that ended in danger before they were filed: filed as they stand, with their hand-off.

A draft without danger in it stays on the desk; one with it may not wait there for anybody.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.desk.taking import file, taken
from services.intake.site.drafts import EVERY_SECONDS, UNFINISHED, dangerous_drafts, forget_draft
from services.runtime.clock import now
from services.runtime.log import logger
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from services.intake.handlers import Intake

ABANDONED_AFTER = timedelta(minutes=2)
"""A call taker in an emergency types or hands off; neither for so long is a crash."""


async def file_abandoned(intake: Intake, moment: datetime) -> int:
    """File them; gives how many. The form's own key makes it one report with its sender's."""
    filed = 0
    for draft_id, account, form in await dangerous_drafts(intake, moment - ABANDONED_AFTER):
        found = taken(intake.profile, form | {"form_key": str(draft_id)})
        found.submission.warnings.append(UNFINISHED)
        with suppress(ProblemError):  # it was sent meanwhile, under the same key
            await file(intake, found, account)
            filed += 1
        await forget_draft(intake, draft_id)
    return filed


async def keep_filing_abandoned(intake: Intake) -> None:
    """Every half minute, until cancelled."""
    while True:
        try:
            filed = await file_abandoned(intake, now())
        except Exception as error:
            # One that cannot be filed must not end the others' filing; it is tried again.
            logger().error("desk.trouble", error=type(error).__name__)
        else:
            if filed:
                logger().info("desk.filed-abandoned", count=filed)
        await asyncio.sleep(EVERY_SECONDS)
