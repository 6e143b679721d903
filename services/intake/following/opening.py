"""Staff open an attached file: recorded first, never served as a type that a browser would run."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from fastapi.responses import Response

from events.envelope import report_stream
from services.intake import store
from services.intake.attachment_store import unlock
from services.intake.domain.media_types import EXTENSIONS
from services.intake.domain.numbers import normalise
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from uuid import UUID

    from services.access.reader import Reader
    from services.access.recording import Access
    from services.intake.handlers import Intake

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def no_such_file() -> ProblemError:
    """The problem when there is no such file or its key was destroyed."""
    return ProblemError(404, "no-such-file", "There is no such file, or it was erased")


async def open_attachment(
    intake: Intake, access: Access, reader: Reader, given_number: str, attachment_id: UUID
) -> Response:
    """The content, to be saved; its own name and type stay out of the headers."""
    async with intake.pool.connection() as connection:
        row = await store.find_report(connection, normalise(given_number) or "")
        if row is None:
            raise no_such_file()
        cursor = await connection.execute(
            "select media_type from attachments where attachment_id = %s and report_id = %s",
            [attachment_id, row.report_id],
        )
        found = await cursor.fetchone()
        stream = report_stream(row.report_id)
        keys = await intake.keyring.find(connection, [stream])
    if found is None or stream not in keys:
        raise no_such_file()
    try:
        box = await asyncio.to_thread(intake.attachment_store.get, attachment_id)
        content = unlock(box, keys[stream], attachment_id)
    except (OSError, InvalidTag):
        raise ProblemError(
            500,
            "file-damaged",
            "The file is here no more as it was stored",
            "Its digest is in its event.",
        ) from None
    await access.exported(
        reader,
        "attachment",
        [(row.report_number, row.report_id)],
        fields=["file"],
        digest=sha256(content).hexdigest(),
    )
    name = f"{row.report_number}-{str(attachment_id)[:8]}.{EXTENSIONS[found[0]]}"
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, "application/octet-stream")
