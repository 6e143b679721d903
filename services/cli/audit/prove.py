"""`blotter audit prove EVENT`: a receipt that the event is in the ledger."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

from cyclopts import Parameter

from services.cli.audit import audit_app
from services.cli.audit.opening import open_log
from services.cli.audit.remote import Remote
from services.projections.proofs.receipts import NotCoveredError, receipt
from services.proofs.receipt import write
from services.runtime.clock import now

Data = Annotated[Path | None, Parameter(name="--data", help="Data directory of the installation.")]


@audit_app.command
def prove(event: UUID, *, out: Path | None = None, data: Data = None) -> int:
    """Write a receipt (C2SP tlog-proof) for one event; exit 1 when the ledger lacks it."""
    try:
        text = asyncio.run(_receipt(event, data))
    except NotCoveredError as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 1
    if out:
        out.write_text(text)
    else:
        sys.stdout.write(text)
    return 0


async def _receipt(event: UUID, data: Path | None) -> str:
    if remote := Remote.of(data):
        return remote.fetch("proof/inclusion", event=str(event)).text
    async with open_log(data) as (connection, log):
        return write(await receipt(connection, log, event, now()))
