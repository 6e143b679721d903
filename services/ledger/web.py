"""Everything that the ledger serves over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger import api
from services.ledger.app import ReadSide, open_read_side

if TYPE_CHECKING:
    from services.access.mounting import Mounting


async def mount(web: Mounting) -> ReadSide:
    """Add the ledger's routes; gives the read side for those who answer on top of it."""
    read_side = await web.stack.enter_async_context(
        open_read_side(web.settings, web.wake, web.access)
    )
    web.app.include_router(api.router(read_side))
    return read_side
