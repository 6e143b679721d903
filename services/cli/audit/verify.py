"""`blotter audit verify`: is the ledger what was signed?"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from cyclopts import Parameter

from services.audit.elsewhere.remote import CannotTellError
from services.audit.elsewhere.whole_log import Elsewhere
from services.audit.record_verification import verify_record
from services.audit.refusals import UnknownNumberError
from services.cli.audit import audit_app
from services.cli.audit.asking import open_asking
from services.cli.audit.progress import shown
from services.cli.options import Data, Json
from services.ledger.exporting.verify import Export, told
from services.ledger.verifying.directory import open_directory
from services.ledger.verifying.local import verify_database
from services.ledger.verifying.source import UnreadableError
from services.ledger.verifying.verdict import CANNOT_TELL, lines
from services.ledger.verifying.verification import Asked
from services.ledger.verifying.verification import verify as verify_source
from services.proofs.note import NoteVerifier, read_key
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
        asked = Asked(first, last, pinned_keys(key))
        _check_range(first, last)
        if number is not None:
            _check_alone(offline, first, last)
        if offline is not None and (offline / "manifest.json").exists():
            summary = export_verdict(offline, key)
        else:
            with shown("Verifying") as progress:
                summary = asyncio.run(_verified(number, asked, offline, data, progress))
    except (UnreadableError, ProofError, CannotTellError, UnknownNumberError) as error:
        print(f"blotter: cannot tell: {error}", file=sys.stderr)
        return CANNOT_TELL
    print(orjson.dumps(summary).decode() if json else "\n".join(_lines(summary)))
    return int(summary["exit"])


async def _verified(
    number: str | None, asked: Asked, offline: Path | None, data: Path | None, progress: Progress
) -> dict[str, Any]:
    if offline is not None:
        return (await verify_source(open_directory(offline), asked, progress)).summary()
    if server := Elsewhere.of(data):
        with server:
            if asked.pinned and number is not None:
                raise CannotTellError(
                    "a server's word on a record cannot be checked with a key: export the record,"
                    " and give --key to verify --offline"
                )
            if asked.pinned:
                return (await verify_source(server.tiles(), asked, progress)).summary()
            return server.verdict(number, asked.first, asked.last, progress)
    if number is not None:
        return await _record(number, asked, data)
    async with open_asking(data) as asking:
        part = f"positions {asked.first or 0} to {asked.last or 'end'}"
        whole = asked.first is None and asked.last is None
        await asking.access.replayed(asking.reader, "verify", as_of=None if whole else part)
        asked = Asked(asked.first, asked.last, asked.pinned, asking.log.origin)
        return (await verify_database(asking.connection, asked, progress)).summary()


async def _record(number: str, asked: Asked, data: Path | None) -> dict[str, Any]:
    async with open_asking(data) as asking:
        asked = Asked(pinned=asked.pinned, origin=asking.log.origin)
        verdict = await verify_record(asking.connection, number, asked)
        await asking.access.replayed(asking.reader, "verify", number=number)
    return verdict.summary()


def _check_alone(offline: Path | None, first: int | None, last: int | None) -> None:
    if offline is not None or first is not None or last is not None:
        raise UnreadableError("a number is verified alone: without --offline, --from and --to")


def _check_range(first: int | None, last: int | None) -> None:
    if (first or 0) < 0 or (last is not None and last < (first or 0)):
        raise UnreadableError("positions begin at 0, and --to is not before --from")


def export_verdict(directory: Path, key: Path | None) -> dict[str, Any]:
    """By our own copy of the program that travels with exports, never by theirs."""
    export = Export(directory, key.read_text() if key else None)
    return export.summary(export.verify())


def _lines(summary: dict[str, Any]) -> list[str]:
    if "problems" in summary:
        return [told(summary)]
    by = summary.get("told_by")
    own_word = [f"told by      {by}: a server's word; --key checks its tiles here"] if by else []
    return lines(summary) + own_word


def pinned_keys(file: Path | None) -> list[NoteVerifier]:
    """The keys of a file; none without one."""
    if file is None:
        return []
    try:
        text = file.read_text()
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}") from None
    found = [read_key(line) for line in text.splitlines() if line.strip()]
    if not found:
        raise UnreadableError(f"{file} holds no key")
    return found
