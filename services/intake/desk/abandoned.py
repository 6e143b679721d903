"""Calls that ended in danger before they were filed: filed as they stand, with their hand-off.

A draft without danger in it stays on the desk; one with it may not wait there for anybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.desk.call_form import file, taken
from services.intake.site.drafts import UNFINISHED, dangerous_drafts, drop_draft, open_draft
from services.runtime.idempotency import KeyReusedError
from services.runtime.log import logger
from services.runtime.periodic import each

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.intake.handlers import Intake

ABANDONED_AFTER = timedelta(minutes=2)
"""A call taker in an emergency types or hands off; neither for so long is a crash."""


async def file_abandoned(intake: Intake, moment: datetime) -> int:
    """File them, each on its own; gives how many. The form's key makes filing it twice one report.

    A draft leaves only when its report is stored; ItemsFailedError when some could not be filed.
    """

    async def file_draft(draft: tuple[UUID, str, bytes]) -> bool:
        draft_id, account, content = draft
        found = taken(
            intake.profile, open_draft(intake, draft_id, content) | {"form_key": str(draft_id)}
        )
        found.submission.warnings.append(UNFINISHED)
        try:
            await file(intake, found, account)
            filed = True
        except KeyReusedError:  # the call taker sent it meanwhile
            filed = False
        await drop_draft(intake, draft_id)
        return filed

    drafts = await dangerous_drafts(intake, moment - ABANDONED_AFTER)
    filed = await each(drafts, file_draft, of="abandoned call")
    if filed:
        logger().info("desk.filed-abandoned", count=filed)
    return filed
