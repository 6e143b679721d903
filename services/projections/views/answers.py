"""Answers: what do we tell people, in which edition, and from when to when?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from events.inquiries import AnswerEvent, AnswerPublished, AnswerRetired, AnswerRevised
from services.agency.keywords import words_of
from services.projections.view import Entry, Table, View
from services.projections.views.case_status import OutOfOrderError

if TYPE_CHECKING:
    from datetime import date, datetime

    from events.envelope import Envelope

EVENTS = (AnswerPublished, AnswerRevised, AnswerRetired)


class AnswerRow(NamedTuple):
    """One answer: its newest edition, and whether it was withdrawn."""

    key: str
    version: int
    edition: int
    retired_edition: int | None
    retired_on: date | None
    position: int


class EditionRow(NamedTuple):
    """One edition in all its languages; each list is in the order of `languages`."""

    key: str
    answer: str
    edition: int
    subject: str
    since: date
    until: date | None
    source: str | None
    published_at: datetime
    published_by: str
    languages: list[str]
    titles: list[str]
    texts: list[str]
    keywords: list[str]
    heads: list[str]
    bodies: list[str]
    position: int


def answer_key(envelope: Envelope) -> str | None:
    """The answer an event is about."""
    event = envelope.data
    return cast("AnswerEvent", event).answer if type(event) in EVENTS else None


def evolve_answer(row: AnswerRow | None, entry: Entry) -> AnswerRow:
    """What the event makes of the answer's row."""
    envelope, event = entry.envelope, cast("AnswerEvent", entry.envelope.data)
    if isinstance(event, AnswerPublished):
        return AnswerRow(
            key=event.answer,
            version=envelope.version,
            edition=event.edition,
            retired_edition=None,
            retired_on=None,
            position=entry.position,
        )
    if row is None:
        raise OutOfOrderError(envelope.type)
    row = row._replace(version=envelope.version, position=entry.position)
    if isinstance(event, AnswerRetired):
        return row._replace(retired_edition=event.edition, retired_on=event.on)
    return row._replace(edition=event.edition)


def edition_key(envelope: Envelope) -> str | None:
    """The edition an event publishes."""
    event = envelope.data
    if isinstance(event, AnswerPublished | AnswerRevised):
        return f"{event.answer}/{event.edition}"
    return None


def evolve_edition(_: EditionRow | None, entry: Entry) -> EditionRow:
    """The edition's row; nothing changes it afterwards."""
    envelope = entry.envelope
    event = cast("AnswerPublished | AnswerRevised", envelope.data)
    wordings = sorted(event.wordings.items())
    return EditionRow(
        key=f"{event.answer}/{event.edition}",
        answer=event.answer,
        edition=event.edition,
        subject=event.subject,
        since=event.since,
        until=event.until,
        source=event.source,
        published_at=envelope.recorded_at,
        published_by=envelope.actor.who,
        languages=[language for language, _ in wordings],
        titles=[wording.title for _, wording in wordings],
        texts=[wording.text for _, wording in wordings],
        keywords=[", ".join(wording.keywords) for _, wording in wordings],
        heads=[folded(wording.title, *wording.keywords) for _, wording in wordings],
        bodies=[folded(wording.text) for _, wording in wordings],
        position=entry.position,
    )


def folded(*texts: str) -> str:
    """The words without case, accents and punctuation, as they are searched."""
    return " ".join(words_of(" ".join(texts)))


ANSWERS = View(
    "answers",
    (
        Table("answers", AnswerRow, answer_key, evolve_answer, AnswerPublished),
        Table("answer_editions", EditionRow, edition_key, evolve_edition),
    ),
    EVENTS,
    unread=frozenset({"origin", "left_profile"}),
)
