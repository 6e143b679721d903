"""`blotter audit prove NUMBER|EVENT`: receipts that a record, or an event, is in the ledger."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.audit.elsewhere.remote import CannotTellError, Remote
from services.audit.proving import prove_record
from services.audit.proving_api import record_prove
from services.audit.receipt_files import check_receipts, receipt_files
from services.cli.audit import audit_app
from services.cli.audit.connections import open_log, open_question
from services.cli.audit.exit_codes import exit_codes
from services.cli.options import Data, Json
from services.ledger.receipts import NotCoveredError, receipt
from services.proofs.receipt import write
from services.runtime.atomic_file import write_atomically
from services.runtime.clock import now


@audit_app.command
def prove(what: str, *, out: Path | None = None, data: Data = None, json: Json = False) -> int:
    """Write receipts (C2SP tlog-proof) for every event of a report, call or case number.

    To a new directory --out, each named by its position beside the event's bytes; else a listing.
    Of an event's id: one receipt, to --out or printed. Exit 1 when the ledger lacks the event, a
    receipt does not hold or a view is wrong; 2 when nothing has the number.
    """
    try:
        event = UUID(what)
    except ValueError:
        return _record(what, out, data, json=json)
    if json:
        raise CannotTellError("the receipt of one event is text: --json is for a number")
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


def _record(number: str, out: Path | None, data: Path | None, *, json: bool) -> int:
    if out and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CannotTellError(f"{out} is not an empty directory")
    with exit_codes():
        if remote := Remote.of(data):
            found = remote.get("prove", number=number)
        else:
            found = asyncio.run(_proven(number, data))
        check_receipts(found)
    if out:
        for path, content in receipt_files(found).items():
            write_atomically(out / path, content)
    if json:
        print(orjson.dumps(found).decode())
    else:
        print(*_listing(found, out), sep="\n")
    return 0


async def _proven(number: str, data: Path | None) -> dict[str, Any]:
    async with open_question(data) as question:
        try:
            found = await prove_record(question.connection, question.log, number, now())
        except NotCoveredError as error:
            raise CannotTellError(str(error)) from None
        await record_prove(question.access, question.reader, found)
    return found.as_json()


def _listing(found: dict[str, Any], out: Path | None) -> list[str]:
    rows = [
        f"{each['position']:>12}  {each['event_id']}  {each['type']}" for each in found["items"]
    ]
    where = f", in {out}" if out else ""
    count = len(rows)
    summary = f"{count} of {count} events are in {found['log']} as signed at {found['size']} events"
    return [*rows, summary + where]
