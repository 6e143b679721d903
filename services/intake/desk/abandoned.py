"""Calls with danger that were never filed: filed as they stand, with their hand-off.

A draft without danger stays on the desk until the call taker sends it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.desk.call_form import file, parse_call_form
from services.intake.site.drafts import UNFINISHED, dangerous_drafts, drop_draft, open_draft
from services.runtime.idempotency import KeyReusedError
from services.runtime.log import logger
from services.runtime.periodic import each

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.intake.handlers import Intake

ABANDONED_AFTER = timedelta(minutes=2)
"""Longer than any pause of a call taker in an emergency; after it the desk is taken to have
crashed.
"""


async def file_abandoned(intake: Intake, moment: datetime) -> int:
    """File abandoned drafts, each on its own; gives how many. A repeat files no second report.

    A draft is deleted only when its report is stored; ItemsFailedError when some could not be
    filed.
    """

    async def file_draft(draft: tuple[UUID, str, bytes]) -> bool:
        draft_id, account, content = draft
        found = parse_call_form(
            intake.profile, open_draft(intake, draft_id, content) | {"form_key": str(draft_id)}
        )
        found.submission.warnings.append(UNFINISHED)
        try:
            await file(intake, found, account)
            filed = True
        except KeyReusedError:  # the call taker sent it in the meantime
            filed = False
        await drop_draft(intake, draft_id)
        return filed

    drafts = await dangerous_drafts(intake, moment - ABANDONED_AFTER)
    filed = await each(drafts, file_draft, of="abandoned call")
    if filed:
        logger().info("desk.filed-abandoned", count=filed)
    return filed
