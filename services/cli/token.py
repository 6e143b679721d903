"""`blotter token`: API tokens for roles."""

from __future__ import annotations

import asyncio

from services.cli.installation import find_settings
from services.cli.options import Data
from services.runtime.database import connect
from services.runtime.identity import Role, make_token
from services.runtime.settings import Settings


def token(*, role: Role, data: Data = None, label: str = "cli") -> None:
    """Print a new API token for a role; it is shown once."""
    print(asyncio.run(new_token(find_settings(data), role, label)))


async def new_token(settings: Settings, role: Role, label: str) -> str:
    """A token for `role`, stored as a hash."""
    async with await connect(settings.database_url, "runtime") as connection:
        return await make_token(connection, role, label)
