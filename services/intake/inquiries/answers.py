"""Published answers from the view of the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from services.runtime.database import Connection

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Pattern of an answer's name; it is part of its address."""
COLUMNS = "answer, edition, subject, since, until, source, published_at, languages, titles, texts"
IN_FORCE = "since <= %(day)s and (until is null or %(day)s < until)"
LISTED_SQL = f"""
select {COLUMNS} from projections.public_answers where {IN_FORCE} order by subject, answer
"""  # noqa: S608 - the only substitutions are our own constants
EDITIONS_SQL = f"""
select {COLUMNS} from projections.public_answers
where answer = %(answer)s and since <= %(day)s and (until is null or since < until)
order by edition desc
"""  # noqa: S608 - the only substitutions are our own constants

NAMED_SQL = f"""
select {COLUMNS} from projections.public_answers where answer = any(%(answers)s)
"""  # noqa: S608 - the only substitution is our own constant


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition in one language; `until` is the first day it is no longer in force."""

    answer: str
    edition: int
    subject: str
    since: date
    until: date | None
    source: str | None
    published_at: datetime
    language: str
    title: str
    text: str

    def holds(self, day: date) -> bool:
        """Whether it is in force on this day."""
        return self.since <= day and (self.until is None or day < self.until)

    def as_json(self) -> dict[str, object]:
        """The edition for JSON."""
        names = [name for name in self.__slots__ if name != "published_at"]
        return {name: getattr(self, name) for name in names}


async def in_force(connection: Connection, day: date, language: str) -> list[Edition]:
    """Every answer in force on the day, by subject."""
    cursor = await connection.execute(LISTED_SQL.encode(), {"day": day})
    return [edition_of(row, language) for row in await cursor.fetchall()]


async def editions(connection: Connection, answer: str, day: date, language: str) -> list[Edition]:
    """Every edition of an answer that was or is in force, the newest first."""
    if not NAME.fullmatch(answer):
        return []
    cursor = await connection.execute(EDITIONS_SQL.encode(), {"day": day, "answer": answer})
    return [edition_of(row, language) for row in await cursor.fetchall()]


def edition_of(row: Sequence[Any], language: str) -> Edition:
    """The row in this language; if it lacks it, in another."""
    answer, edition, subject, since, until, source, published_at, languages, titles, texts = row
    chosen = language if language in languages else languages[0]
    place = languages.index(chosen)
    return Edition(
        answer,
        edition,
        subject,
        since,
        until,
        source,
        published_at,
        chosen,
        titles[place],
        texts[place],
    )


async def named(
    connection: Connection, shown: Sequence[tuple[str, int]], language: str
) -> list[Edition]:
    """These editions in the given order; missing ones are left out."""
    names = [answer for answer, _ in shown]
    cursor = await connection.execute(NAMED_SQL.encode(), {"answers": names})
    found = [edition_of(row, language) for row in await cursor.fetchall()]
    there = {(each.answer, each.edition): each for each in found}
    return [there[answer, edition] for answer, edition in shown if (answer, edition) in there]
