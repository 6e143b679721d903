"""Publishes the answers of the agency's profile: an edition for every changed text.

An answer revised by staff stays as it is until the profile's text changes. One removed from the
profile is retired, unless staff revised it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from events.envelope import Actor
from events.inquiries import Wording
from services.intake.domain.answer import Draft, Publish, Retire, Revise
from services.intake.inquiries.publishing import Author, load_answer, perform
from services.runtime.log import logger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from services.agency.site import Answer as ProfileAnswer
    from services.agency.site import Site
    from services.intake.domain.answer import Answer, AnswerCommand
    from services.intake.handlers import Intake

PROFILE = Actor("profile", "department", "software")
ADOPTIONS = UUID("4cf3a4f1-8e5d-5c27-9f0e-6d0f6a2a7b18")
"""Name space of adoption commands, named after the answer and its version before."""
KNOWN_SQL = """
select stream_id from events
where stream_id >= 'answer-' and stream_id < 'answer.' and version = 1 order by 1
"""


def draft_of(site: Site, answer: ProfileAnswer) -> Draft:
    """A profile's answer as an edition, in every language of the site."""
    wordings = dict(_wordings(site, answer))
    content = orjson.dumps(
        [
            answer.subject,
            answer.since,
            answer.until,
            answer.source,
            {language: wording.model_dump() for language, wording in wordings.items()},
        ],
        option=orjson.OPT_SORT_KEYS,
    )
    return Draft(
        answer.subject,
        answer.since,
        wordings,
        answer.until,
        answer.source,
        sha256(content).hexdigest(),
    )


def _wordings(site: Site, answer: ProfileAnswer) -> Iterator[tuple[str, Wording]]:
    yield (
        site.first_language,
        Wording(title=answer.title, text=answer.text, keywords=answer.keywords),
    )
    for language, translation in site.translations.items():
        words = translation.answers[answer.id]
        yield language, Wording(title=words.title, text=words.text, keywords=words.keywords)


def wanted(name: str, draft: Draft | None, there: Answer, day: date) -> AnswerCommand | None:
    """The command that brings an answer up to the profile; None when nothing has changed. Pure."""
    last = there.origins[-1] if there.origins else None
    if draft is None:
        of_profile = there.draft is not None and there.draft.origin is not None
        return Retire(name, day, True) if of_profile and there.retired_on is None else None
    if there.edition == 0:
        return Publish(name, draft)
    return None if draft.origin == last and not there.left_profile else Revise(name, draft)


async def adopt(intake: Intake, site: Site, moment: datetime) -> int:
    """Bring the published answers up to the profile; gives how many were changed."""
    day = moment.astimezone(intake.profile.zone).date()
    drafts = {name: draft_of(site, answer) for name, answer in site.answers.items()}
    async with intake.pool.connection() as connection:
        cursor = await connection.execute(KNOWN_SQL)
        streams = [row[0] for row in await cursor.fetchall()]
        names = sorted({stream.partition("-")[2] for stream in streams} | drafts.keys())
        loaded = {name: await load_answer(intake, connection, name) for name in names}
    changed = 0
    for name, there in loaded.items():
        command = wanted(name, drafts.get(name), there.state, day)
        if command is not None:
            command_id = uuid5(ADOPTIONS, f"{name}@{there.version}")
            await perform(intake, command, Author(PROFILE, command_id, there.version), moment)
            changed += 1
    if changed:
        logger().info("answers.adopted", count=changed)
    return changed
