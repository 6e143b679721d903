"""`blotter triage bundles`: what is and was in force."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.cli.triage import triage_app
from services.triage import activating
from services.triage.operator_session import open_session


@triage_app.command
def bundles(*, data: Data = None, json: Json = False) -> int:
    """Which bundle is in force, since when, and every one before it."""
    rows = asyncio.run(_newest_first(data))
    if json:
        print(orjson.dumps(rows).decode())
        return 0
    for row in rows:
        print(f"{row['activated_at']}  {row['bundle'][:12]}  {row['how']}: {row['reason']}")
    return 0


async def _newest_first(data: Path | None) -> list[dict[str, Any]]:
    async with open_session(find_settings(data)) as session:
        found = await activating.activations(session.connection, session.rehearsing.events)
    return [each.model_dump(mode="json") for each in reversed(found.past)]
