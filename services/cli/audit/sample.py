"""`blotter audit sample`: records to look at, drawn so that another auditor draws the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from services.audit.elsewhere.remote import CannotTellError, Remote
from services.audit.recorded_reads import record_sample
from services.audit.refusals import CannotCompareError
from services.audit.sampling import BadTermError, Draw, read_where
from services.audit.sampling import sample as drawn
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.progress import shown
from services.cli.options import Data, Json


@audit_app.command
def sample(
    *,
    n: Annotated[int, Parameter(name="--n")],
    seed: int,
    where: str = "",
    through: int | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Draw N records: the same seed, conditions and --through position draw the same ones for ever.

    --where takes status=…, type=…, urgency=0…4, desk=…, opened>=YYYY-MM-DD, opened<YYYY-MM-DD,
    joined by commas or "and". The records are as they were at that position, by default the newest
    one, which is printed. Exit 2 when a condition cannot be meant.
    """
    try:
        draw = Draw(read_where(where), n, seed, through)
        remote = Remote.of(data)
        if remote:
            found = remote.get("sample", n=n, seed=seed, where=where, through=through)
        else:
            found = asyncio.run(_drawn(data, draw))
    except (BadTermError, CannotCompareError) as error:
        raise CannotTellError(str(error)) from None
    if json:
        print(orjson.dumps(found).decode())
    else:
        _show(found)
    return 0


async def _drawn(data: Path | None, draw: Draw) -> dict[str, Any]:
    async with open_question(data) as question:
        with shown("events replayed") as progress:
            found = await drawn(question.connection, draw, question.profile.zone, progress)
        await record_sample(question.access, question.reader, found)
    return dict(orjson.loads(orjson.dumps(found)))


def _show(found: dict[str, Any]) -> None:
    table = Table()
    for name in ("number", "case", "status", "type", "urgency", "desk", "purpose", "opened"):
        table.add_column(name, no_wrap=name in ("number", "case"))
    for row in found["items"]:
        table.add_row(
            row["number"],
            row["case_number"] or "",
            row["status"],
            row["type"] or "",
            "" if row["urgency"] is None else str(row["urgency"]),
            row["desk"] or "",
            row["purpose"],
            (row["opened_at"] or "")[:16].replace("T", " "),
        )
    Console().print(table)
    print(
        f"{len(found['items'])} of {found['population']:,} records that meet the conditions,"
        f" as of ledger position {found['through']}; drawn again by"
        f" --n {found['n']} --seed {found['seed']} --through {found['through']}"
    )
