"""`blotter rebuild status | compare`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.cli.rebuild import rebuild_app
from services.cli.rebuild.recorded_request import request
from services.cli.rebuild.tables import failure, print_comparison, print_views
from services.projections.rebuilds.comparing import Comparison
from services.projections.rebuilds.comparing import compare as compare_copies
from services.projections.rebuilds.progress import (
    ParkedRow,
    ViewProgress,
    parked_rows,
    progress,
)
from services.projections.view import View
from services.runtime.database import Connection, connect


@rebuild_app.command
def status(*, data: Data = None, json: Json = False) -> int:
    """Every view with its rebuild; exit 1 when one is stopped, has parked rows or needs one."""
    views, parked = asyncio.run(_standing(data))
    if json:
        body = {"views": [each.as_dict() for each in views], "parked_rows": [*map(asdict, parked)]}
        print(orjson.dumps(body).decode())
    else:
        print_views(views, parked)
    ill = any(view.needs_rebuild or failure(view) for view in views)
    return 1 if parked or ill else 0


async def _standing(data: Path | None) -> tuple[list[ViewProgress], list[ParkedRow]]:
    settings = find_settings(data)
    async with await connect(settings.database_url, "projections") as connection:
        return await progress(connection), await parked_rows(connection)


@rebuild_app.command
def compare(view: str, *, data: Data = None, json: Json = False) -> int:
    """Served rows and the other copy at one position; exit 1 when they differ."""
    found = list[Any]()

    async def look(connection: Connection, wanted: View) -> None:
        found.append(await compare_copies(connection, wanted))

    if refused := request(view, look, data, "compare"):
        return refused
    comparison: Comparison = found[0]
    if json:
        print(orjson.dumps(asdict(comparison) | {"equal": comparison.equal}).decode())
    else:
        print_comparison(comparison)
    return 0 if comparison.equal else 1
