"""Attaching a file to a report: checked by content, stored under the report's key, once."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from events.envelope import report_stream
from events.intake import AttachedFile, AttachmentAdded
from events.personal import Personal
from services.intake.attachment_store import lock_away
from services.intake.domain.file_names import clean_name
from services.intake.domain.media_types import EXTENSIONS, media_type
from services.runtime.clock import now
from services.runtime.log import logger
from services.runtime.problems import ProblemError

if TYPE_CHECKING:
    from events.envelope import Event
    from events.intake import Channel
    from services.intake.attachment_store import AttachmentStore
    from services.intake.following.adding import Decide, ReportState
    from services.intake.handlers import Intake
    from services.runtime.database import Connection

MEBIBYTE = 1024 * 1024
MOST_BYTES = 10 * MEBIBYTE
MOST_BYTES_OF_A_REPORT = 40 * MEBIBYTE
MOST_FILES = 10
ORPHANS_KEPT = timedelta(days=40)
"""Longer than backups are kept: a restored database may receive the event that names a file later.
"""


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file; its name and declared type are not trusted."""

    name: str | None
    content: bytes


def check(attachment_store: AttachmentStore, upload: Upload) -> str:
    """The media type of the file; ProblemError when it is not accepted."""
    if not attachment_store.open:
        raise ProblemError(503, "no-attachments", "Files cannot be taken here at the moment")
    if not upload.content:
        raise ProblemError(422, "empty-file", "The file is empty")
    if len(upload.content) > MOST_BYTES:
        raise too_large()
    kind = media_type(upload.content)
    if kind is None:
        taken = ", ".join(sorted(EXTENSIONS.values()))
        raise ProblemError(
            415, "file-type", "This kind of file is not taken", f"Taken are: {taken}."
        )
    return kind


def too_large() -> ProblemError:
    """The problem for a file over the size limit."""
    megabytes = MOST_BYTES // MEBIBYTE
    return ProblemError(413, "file-size", "The file is too large", f"At most {megabytes} MB.")


def attached(intake: Intake, upload: Upload, kind: str, channel: Channel) -> Decide:
    """Attach the file once; its id is a keyed hash, so that it does not reveal a known file."""

    async def decide(connection: Connection, report_state: ReportState) -> tuple[Event, ...]:
        stream = report_stream(report_state.row.report_id)
        key = (await intake.keyring.find_or_make(connection, [stream]))[stream]
        digest = sha256(upload.content)
        id_ = UUID(bytes=hmac.digest(key, b"attachment" + digest.digest(), "sha256")[:16])
        if not await _room(connection, report_state, id_, len(upload.content)):
            return ()
        box = lock_away(upload.content, key, id_)
        try:
            await asyncio.to_thread(intake.attachment_store.put, id_, box)
        except OSError as error:
            logger().error("attachments.not-stored", error=type(error).__name__)
            raise ProblemError(
                503, "not-stored", "The file could not be stored", "Try again in a moment."
            ) from None
        await connection.execute(
            "insert into attachments (attachment_id, report_id, media_type, size, added_at)"
            " values (%s, %s, %s, %s, %s)",
            [id_, report_state.row.report_id, kind, len(upload.content), now()],
        )
        event = AttachmentAdded(
            report_number=report_state.row.report_number,
            channel=channel,
            attachment_id=id_,
            media_type=kind,
            size=len(upload.content),
            stored_sha256=sha256(box).hexdigest(),
            file=Personal[AttachedFile](
                subject=stream,
                value=AttachedFile(
                    name=clean_name(upload.name, EXTENSIONS[kind]), sha256=digest.hexdigest()
                ),
            ),
        )
        return (event,)

    return decide


async def _room(connection: Connection, report_state: ReportState, id_: UUID, size: int) -> bool:
    """Whether the file is new; ProblemError when the report's limits are reached."""
    cursor = await connection.execute(
        "select attachment_id, size from attachments where report_id = %s",
        [report_state.row.report_id],
    )
    held: dict[UUID, int] = dict(await cursor.fetchall())
    if id_ in held:
        return False
    if len(held) >= MOST_FILES or sum(held.values()) + size > MOST_BYTES_OF_A_REPORT:
        megabytes = MOST_BYTES_OF_A_REPORT // MEBIBYTE
        raise ProblemError(
            409,
            "enough-files",
            "This report holds as many files as it can",
            f"At most {MOST_FILES} files and {megabytes} MB in all. Say in words what else there"
            " is, and somebody will ask for it.",
        )
    return True


async def tidy(intake: Intake) -> int:
    """Remove contents of erased reports and contents that no event names; gives how many.

    Does nothing when no directory for attachments is set.
    """
    if not intake.attachment_store.open:
        return 0
    before = (now() - ORPHANS_KEPT).timestamp()
    old = await asyncio.to_thread(lambda: list(intake.attachment_store.older_than(before)))
    async with intake.pool.connection() as connection:
        cursor = await connection.execute(
            "delete from attachments a using subject_keys k where k.wrapped is null"
            " and k.subject = 'report-' || a.report_id returning a.attachment_id"
        )
        removed = [row[0] for row in await cursor.fetchall()]
        cursor = await connection.execute(
            "select i from unnest(%s::uuid[]) i where not exists"
            " (select from attachments where attachment_id = i)",
            [old],
        )
        removed += [row[0] for row in await cursor.fetchall()]
        for id_ in removed:
            await asyncio.to_thread(intake.attachment_store.remove, id_)
    if removed:
        logger().info("attachments.removed", count=len(removed))
    return len(removed)
