"""Unsent forms: stored with the safety answers, filed or deleted when they are not continued.

A reporting party in doubt about danger may have been forced to stop, so such a form is filed as it
stands; one without any doubt is deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import psycopg
from psycopg_pool import PoolTimeout

from services.intake.domain.submission import read_submission
from services.intake.handlers import Submit, submit_report
from services.intake.site.form_answers import assess_form, body_of
from services.runtime.clock import now
from services.runtime.idempotency import KeyReusedError
from services.runtime.log import logger
from services.runtime.periodic import each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from services.agency.site import Site
    from services.intake.handlers import Intake

UNFINISHED = "the form was not finished; filed as it stands"


def _place(draft_id: UUID) -> str:
    return f"draft/{draft_id}"


async def keep_draft(
    intake: Intake,
    draft_id: UUID,
    outcome: str,
    form: Mapping[str, str],
    moment: datetime,
    taken_by: str | None = None,
) -> bool:
    """Store the answers so far; False when Postgres is unavailable.

    `taken_by`: the call taker whose desk the draft is on; it stays there until it is sent.
    """
    content = intake.keyring.encrypt(orjson.dumps(dict(form)), _place(draft_id))
    try:
        async with intake.pool.connection() as connection:
            await connection.execute(
                "insert into drafts (draft_id, outcome, touched_at, content, taken_by) values"
                " (%s, %s, %s, %s, %s) on conflict (draft_id) do update set outcome ="
                " excluded.outcome, touched_at = excluded.touched_at, content = excluded.content"
                " where drafts.taken_by is not distinct from excluded.taken_by",
                [draft_id, outcome, moment, content, taken_by],
            )
    except (psycopg.Error, PoolTimeout, OSError) as error:
        logger().error("drafts.not-stored", error=type(error).__name__)
        return False
    return True


async def forget_draft(intake: Intake, draft_id: UUID) -> None:
    """Delete the draft of a sent form; errors are logged, not raised."""
    try:
        await drop_draft(intake, draft_id)
    except (psycopg.Error, PoolTimeout, OSError) as error:
        logger().error("drafts.not-forgotten", error=type(error).__name__)


async def drop_draft(intake: Intake, draft_id: UUID) -> None:
    """Delete the draft; errors are raised."""
    async with intake.pool.connection() as connection:
        await connection.execute("delete from drafts where draft_id = %s", [draft_id])


def open_draft(intake: Intake, draft_id: UUID, content: bytes) -> dict[str, str]:
    """The answers in a draft's sealed content."""
    form: dict[str, str] = orjson.loads(intake.keyring.decrypt(bytes(content), _place(draft_id)))
    return form


async def drafts_of(intake: Intake, taken_by: str) -> list[tuple[UUID, datetime, dict[str, str]]]:
    """The drafts on a call taker's desk, the newest first: id, last change, answers."""
    async with intake.pool.connection() as connection:
        cursor = await connection.execute(
            "select draft_id, touched_at, content from drafts where taken_by = %s"
            " order by touched_at desc limit 20",
            [taken_by],
        )
        return [
            (id_, at, open_draft(intake, id_, content))
            for id_, at, content in await cursor.fetchall()
        ]


async def dangerous_drafts(intake: Intake, before: datetime) -> list[tuple[UUID, str, bytes]]:
    """The emergencies left on any desk: id, account, sealed content."""
    async with intake.pool.connection() as connection:
        cursor = await connection.execute(
            "select draft_id, taken_by, content from drafts where taken_by is not null"
            " and outcome = 'divert' and touched_at < %s order by touched_at",
            [before],
        )
        return await cursor.fetchall()


async def file_unfinished(intake: Intake, site: Site, moment: datetime) -> int:
    """File the doubtful drafts that were not continued, delete the others; gives how many were
    filed.

    Each on its own; a repeat files no second report. A draft is deleted only when its report is
    stored; ItemsFailedError when some could not be filed.
    """

    async def file_draft(draft: tuple[UUID, bytes]) -> bool:
        draft_id, content = draft
        form = open_draft(intake, draft_id, content)
        try:
            await submit_report(intake, _unfinished(intake, site, draft_id, form), moment)
            filed = True
        except KeyReusedError:  # the reporting party sent it in the meantime
            filed = False
        await drop_draft(intake, draft_id)
        return filed

    drafts = await _abandoned_drafts(
        intake, moment - timedelta(minutes=site.unfinished_after_minutes)
    )
    filed = await each(drafts, file_draft, of="unfinished form")
    if filed:
        logger().info("drafts.filed-unfinished", count=filed)
    return filed


async def _abandoned_drafts(intake: Intake, before: datetime) -> list[tuple[UUID, bytes]]:
    """Doubtful drafts unchanged since `before`; deletes those without doubt."""
    async with intake.pool.connection() as connection:
        await connection.execute(
            "delete from drafts where touched_at < %s and outcome = 'none' and taken_by is null",
            [before],
        )
        cursor = await connection.execute(
            "select draft_id, content from drafts where touched_at < %s and taken_by is null"
            " order by touched_at",
            [before],
        )
        return await cursor.fetchall()


def _unfinished(intake: Intake, site: Site, draft_id: UUID, form: dict[str, str]) -> Submit:
    profile = intake.profile
    known = profile.type_or_unknown(form.get("type", ""))
    body = body_of(site, known, form) | {"attested": None}
    submission = read_submission(body, profile.known_types, profile.zone, now())
    submission.language = form.get("language")
    submission.warnings.append(UNFINISHED)
    assessment = assess_form(profile, site, known, submission, form)
    return Submit(submission, assessment, "web", str(draft_id), b"unfinished")
