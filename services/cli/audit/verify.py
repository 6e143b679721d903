"""`blotter audit verify`: is the ledger what was signed?"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from cyclopts import Parameter

from services.audit.elsewhere.remote import CannotTellError
from services.audit.elsewhere.verification import verify_elsewhere
from services.audit.elsewhere.whole_log import Elsewhere
from services.audit.recorded_verification import verify_ledger_recorded, verify_record_recorded
from services.audit.refusals import UnknownNumberError
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.progress import shown
from services.cli.options import Data, Json
from services.ledger.exporting.export_verdict import export_verdict, is_export
from services.ledger.exporting.verify import summary_line
from services.ledger.verifying.directory import open_directory
from services.ledger.verifying.key_file import pinned_keys
from services.ledger.verifying.source import UnreadableError
from services.ledger.verifying.verdict import CANNOT_TELL, lines
from services.ledger.verifying.verification import VerificationRange
from services.ledger.verifying.verification import verify as verify_source
from services.proofs.tree import ProofError

if TYPE_CHECKING:
    from services.ledger.verifying.verification import Progress

KeyFile = Annotated[
    Path | None, Parameter(name="--key", help="The log's keys, a line each, obtained elsewhere.")
]


@audit_app.command
def verify(
    number: str | None = None,
    *,
    offline: Path | None = None,
    first: Annotated[int | None, Parameter(name="--from")] = None,
    last: Annotated[int | None, Parameter(name="--to")] = None,
    key: KeyFile = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Verify the ledger, or the record of a report, call or case number in it.

    With --offline a directory of tiles or an export.

    With BLOTTER_URL the server verifies itself; with --key too its tiles are fetched and verified
    here. Exit 0 sound, 1 tampered, 2 cannot tell.
    """
    try:
        asked = VerificationRange(first, last, pinned_keys(key))
        _check_range(first, last)
        if number is not None and (offline, first, last) != (None, None, None):
            raise UnreadableError("a number is verified alone: without --offline, --from and --to")
        if offline is not None and is_export(offline):
            summary = export_verdict(offline, key)
        else:
            with shown("Verifying") as progress:
                summary = asyncio.run(_verified(number, asked, offline, data, progress))
    except (UnreadableError, ProofError, CannotTellError, UnknownNumberError) as error:
        print(f"blotter: cannot tell: {error}", file=sys.stderr)
        return CANNOT_TELL
    print(orjson.dumps(summary).decode() if json else "\n".join(_lines(summary)))
    return int(summary["exit"])


def _check_range(first: int | None, last: int | None) -> None:
    if (first or 0) < 0 or (last is not None and last < (first or 0)):
        raise UnreadableError("positions begin at 0, and --to is not before --from")


async def _verified(
    number: str | None,
    asked: VerificationRange,
    offline: Path | None,
    data: Path | None,
    progress: Progress,
) -> dict[str, Any]:
    if offline is not None:
        return (await verify_source(open_directory(offline), asked, progress)).summary()
    if server := Elsewhere.of(data):
        with server:
            return await verify_elsewhere(server, number, asked, progress)
    async with open_question(data) as question:
        if number is not None:
            return await verify_record_recorded(question, number, asked)
        return await verify_ledger_recorded(question, asked, progress)


def _lines(summary: dict[str, Any]) -> list[str]:
    if "problems" in summary:
        return [summary_line(summary)]
    by = summary.get("told_by")
    own_word = [f"told by      {by}: a server's word; --key checks its tiles here"] if by else []
    return lines(summary) + own_word
