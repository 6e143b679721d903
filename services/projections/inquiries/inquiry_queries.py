"""Questions and answers as their views have them, as plain functions on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.projections.queries import rows

if TYPE_CHECKING:
    from services.runtime.database import Connection

MOST = 200
OPEN_SQL = """
select number, emergency, language, channel, why, received_at, left_open_at
from inquiries where state = 'open' and purpose = 'live'
order by emergency = 'confirm' desc, left_open_at limit %s
"""
COUNTS_SQL = """
select count(*) as asked,
       count(*) filter (where state = 'answered') as answered,
       count(*) filter (where state = 'open') as open,
       count(*) filter (where state = 'replied') as replied,
       count(*) filter (where state = 'emergency') as emergencies
from inquiries where purpose = 'live'
"""
SHOWN_SQL = """
select split_part(name, '/', 1) as answer, count(*) as shown,
       count(*) filter (where why = 'not-helpful') as not_helpful
from inquiries, unnest(shown) name where purpose = 'live'
group by 1 order by shown desc, answer limit %s
"""
ONE_SQL = "select * from inquiries where number = %s"
ANSWERS_SQL = """
select a.key as answer, a.version, a.edition, a.retired_on, e.subject, e.since, e.until, e.source,
       e.published_at, e.published_by, e.languages, e.titles, e.texts, e.keywords
from answers a join answer_editions e on e.answer = a.key and e.edition = a.edition
order by e.subject, a.key
"""
EDITIONS_SQL = """
select e.answer, e.edition, e.subject, e.since, p.until, e.source, e.published_at, e.published_by,
       e.languages, e.titles, e.texts, e.keywords, a.version, a.retired_on
from answer_editions e join answers a on a.key = e.answer
join public_answers p on p.answer = e.answer and p.edition = e.edition
where e.answer = %s order by e.edition desc
"""


async def waiting(connection: Connection) -> list[dict[str, Any]]:
    """Questions that wait for a person: those in doubt about danger first, then the oldest."""
    return await rows(connection, OPEN_SQL, [MOST])


async def counts(connection: Connection) -> dict[str, Any]:
    """How many questions there are in each state."""
    (found,) = await rows(connection, COUNTS_SQL)
    return found


async def shown(connection: Connection) -> list[dict[str, Any]]:
    """What people are told most, and how often it did not help."""
    return await rows(connection, SHOWN_SQL, [MOST])


async def one(connection: Connection, number: str) -> dict[str, Any] | None:
    """One question's row."""
    if not number.isprintable():
        return None
    found = await rows(connection, ONE_SQL, [number])
    return found[0] if found else None


async def answers(connection: Connection) -> list[dict[str, Any]]:
    """Every answer with its newest edition."""
    return await rows(connection, ANSWERS_SQL)


async def editions(connection: Connection, answer: str) -> list[dict[str, Any]]:
    """Every edition of one answer, the newest first; `until` is when it really ends."""
    if not answer.isprintable():
        return []
    return await rows(connection, EDITIONS_SQL, [answer])
