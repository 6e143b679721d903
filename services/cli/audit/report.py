"""`blotter audit report NUMBER`: the record told in plain words, as HTML or PDF."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from services.audit.elsewhere.remote import Remote
from services.audit.narrative import narrative
from services.audit.printing import Format, printed
from services.audit.proven_record import known
from services.audit.recorded_reads import record_report
from services.cli.audit import audit_app
from services.cli.audit.connections import open_question
from services.cli.audit.exit_codes import exit_codes
from services.cli.options import Data
from services.runtime.clock import now


@audit_app.command
def report(
    number: str,
    *,
    out: Path,
    format_: Annotated[Format, Parameter(name="--format")] = "html",
    through: int | None = None,
    data: Data = None,
) -> int:
    """Tell a report, call or case as a dated narrative, up to a ledger position.

    Nothing personal is in it; the same number and --through give the same bytes, even after an
    erasure. Exit 1 when a view leads to the wrong record, 2 when there is nothing to
    tell.
    """
    with exit_codes():
        if remote := Remote.of(data):
            answer = remote.fetch("report", number=number, format=format_, through=through)
            content, position = answer.content, int(answer.headers["blotter-through"])
        else:
            content, position = asyncio.run(_described(number, format_, through, data))
    out.write_bytes(content)
    print(f"{out}: as of ledger position {position}, SHA-256 {sha256(content).hexdigest()}")
    return 0


async def _described(
    number: str, form: Format, through: int | None, data: Path | None
) -> tuple[bytes, int]:
    async with open_question(data) as question:
        found = await known(question.connection, question.log, number, through, now())
        content = printed(narrative(found, question.profile), form)
        await record_report(question.access, question.reader, found, form, content)
    return content, found.through
