"""`blotter audit diff`: is the live state what the ledger says? Like a diff, field by field."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter

from services.audit.differences import everything, of_record, of_sample
from services.audit.elsewhere.remote import CannotTellError, Remote
from services.audit.recorded_reads import record_diff
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.differences_text import print_differences
from services.cli.audit.exit_codes import exit_codes
from services.cli.audit.progress import shown
from services.cli.options import Data, Json

All = Annotated[bool, Parameter(name="--all", negative="", help="Compare every view as a whole.")]


@audit_app.command
def diff(
    number: str | None = None,
    *,
    all_: All = False,
    sample: str | None = None,
    seed: int = 0,
    data: Data = None,
    json: Json = False,
) -> int:
    """Replay from the ledger and compare with the live views, field by field.

    Of a report, call or case number; of --all; or of a share of all reports, --sample 1%, drawn by
    --seed. Exit 1 when they differ, 2 when nobody can tell (an event that cannot be folded).
    """
    percent = None if sample is None else _percent(sample)
    if [number is not None, all_, sample is not None].count(True) != 1:
        raise CannotTellError("name a number, or --all, or --sample with a share such as 1%")
    remote = Remote.of(data)
    if remote:
        found = remote.get("diff", number=number, percent=percent, seed=seed)
    else:
        with exit_codes():
            found = asyncio.run(_compared(data, number, percent, seed))
    if "different_rows" not in found:
        raise CannotTellError(f"{found.get('title')}: {found.get('detail')}")
    if json:
        print(orjson.dumps(found).decode())
    else:
        print_differences(found)
    return 1 if found["different_rows"] else 2 if found["frozen"] else 0


def _percent(text: str) -> str:
    try:
        share = float(text.removesuffix("%"))
    except ValueError:
        share = 0.0
    if not text.endswith("%") or not 0 < share <= 100:
        raise CannotTellError(f"a share is written 1% or 0.5%, up to 100%, not {text!r}")
    return text.removesuffix("%")


async def _compared(
    data: Path | None, number: str | None, percent: str | None, seed: int
) -> dict[str, Any]:
    async with open_question(data) as question:
        connection, share = question.connection, float(percent) if percent else None
        if number is not None:
            compared = await of_record(connection, number)
        elif share is not None:
            compared = await of_sample(connection, share, seed)
        else:
            with shown("events replayed") as progress:
                compared = await everything(connection, progress)
        await record_diff(question.access, question.reader, compared, number=number, percent=share)
    return compared.as_json()
