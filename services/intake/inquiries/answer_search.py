"""Finding the answers to a question, by the words of its language.

One word of the question in title or key words suffices; in the text alone two are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agency.keywords import words_of
from services.intake.inquiries.answers import COLUMNS, IN_FORCE, Edition, edition_of

if TYPE_CHECKING:
    from datetime import date

    from services.runtime.database import Connection

MOST = 5
CLEARLY_LESS = 0.3
"""An answer that scores less than this share of the best one is not shown."""
FEWEST_OF_THE_TEXT = 2
MOST_WORDS = 200
FOUND_SQL = f"""
with asked as materialized (
  select lexeme, ('''' || lexeme || '''')::tsquery as word
  from unnest(to_tsvector(projections.stemming_of(%(language)s), %(words)s))
),
question as materialized (
  select string_agg('''' || lexeme || '''', ' | ')::tsquery as any_word from asked
),
near as (
  select {COLUMNS}, heads, bodies, array_position(languages, %(language)s) as place
  from projections.public_answers, question
  where words @@ any_word and %(language)s = any(languages) and {IN_FORCE}
),
said as (
  select {COLUMNS},
         projections.answer_words(%(language)s, heads[place], bodies[place]) as own,
         to_tsvector(projections.stemming_of(%(language)s), heads[place]) as head
  from near
),
fitting as (
  select {COLUMNS}, ts_rank('{{0.1, 0.2, 0.4, 1}}', own, any_word) as fit
  from said, question
  where head @@ any_word
     or (select count(*) from asked where own @@ word) >= {FEWEST_OF_THE_TEXT}
)
select {COLUMNS} from fitting
where fit >= {CLEARLY_LESS} * (select max(fit) from fitting)
order by fit desc, answer limit {MOST}
"""  # noqa: S608 - the only substitutions are our own constants


async def find_answers(
    connection: Connection, question: str, language: str, day: date
) -> list[Edition]:
    """The best answers in force on this day, best first; none when no word matches."""
    words = " ".join(words_of(question)[:MOST_WORDS])
    cursor = await connection.execute(
        FOUND_SQL.encode(), {"words": words, "language": language, "day": day}
    )
    return [edition_of(row, language) for row in await cursor.fetchall()]
