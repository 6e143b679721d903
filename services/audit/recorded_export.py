"""An export of records from the local ledger, recorded before it is given out."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from services.audit.record_export import FORM, export_records, records_in
from services.ledger.exporting.bundle import archive, checkpoint_of
from services.ledger.proofs import signing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.audit.recorded_question import RecordedQuestion


async def export_recorded(
    question: RecordedQuestion, numbers: Sequence[str], size: int | None, moment: datetime
) -> dict[str, bytes]:
    """The files of an export, by path, under the checkpoint of `size` events or a new one."""
    connection = question.connection
    if size is None:
        signed = await signing.sign(connection, question.log, moment)
    else:
        signed = await checkpoint_of(connection, size)
    found = await export_records(connection, numbers, signed)
    digest = sha256(archive(found)).hexdigest()
    await question.access.exported(question.reader, FORM, records_in(found), digest=digest)
    return found
