"""One answer as a decider: published, revised edition by edition, retired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from events.decider import Decider
from events.inquiries import AnswerEvent, AnswerPublished, AnswerRetired, AnswerRevised, Wording
from services.intake.domain.refusal import RefusedError

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of an edition and its dates in force."""

    subject: str
    since: date
    wordings: dict[str, Wording]
    until: date | None = None
    source: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """A new answer."""

    answer: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Revise:
    """The next edition of an existing answer."""

    answer: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Retire:
    """Retire the answer from the day `on`."""

    answer: str
    on: date
    left_profile: bool = False


AnswerCommand = Publish | Revise | Retire


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: only the state that decisions need."""

    edition: int = 0
    draft: Draft | None = None
    """The newest edition."""
    retired_on: date | None = None
    left_profile: bool = False
    """Whether it was retired because the agency's profile no longer contains it."""
    origins: tuple[str, ...] = ()
    """The digests of the editions that came from the agency's profile, the newest last."""


def draft_of(event: AnswerPublished | AnswerRevised) -> Draft:
    """The content of the edition that an event published."""
    return Draft(
        event.subject, event.since, event.wordings, event.until, event.source, event.origin
    )


def evolve(answer: Answer, event: AnswerEvent) -> Answer:
    """The answer after the event."""
    match event:
        case AnswerPublished() | AnswerRevised():
            origins = (*answer.origins, event.origin) if event.origin else answer.origins
            return Answer(event.edition, draft_of(event), origins=origins)
        case AnswerRetired():
            return replace(answer, retired_on=event.on, left_profile=event.left_profile)
    assert_never(event)


def decide(command: AnswerCommand, answer: Answer) -> tuple[AnswerEvent, ...]:
    """The events of `command`; RefusedError when it is not allowed now."""
    match command:
        case Publish():
            return _publish(command, answer)
        case Revise():
            return _revise(command, answer)
        case Retire():
            return _retire(command, answer)
    assert_never(command)


def _publish(command: Publish, answer: Answer) -> tuple[AnswerEvent, ...]:
    if answer.draft == command.draft and answer.edition == 1:
        return ()
    if answer.edition:
        raise RefusedError("an answer of this name is there", "another name, or a revision")
    draft = _checked(command.draft)
    return (AnswerPublished(answer=command.answer, edition=1, **_stated(draft)),)


def _revise(command: Revise, answer: Answer) -> tuple[AnswerEvent, ...]:
    if not answer.edition:
        raise RefusedError("there is no such answer", "the name of an answer")
    if answer.draft == command.draft and answer.retired_on is None:
        return ()
    draft, edition = _checked(command.draft), answer.edition + 1
    return (AnswerRevised(answer=command.answer, edition=edition, **_stated(draft)),)


def _retire(command: Retire, answer: Answer) -> tuple[AnswerEvent, ...]:
    if not answer.edition:
        raise RefusedError("there is no such answer", "the name of an answer")
    if answer.retired_on == command.on:
        return ()
    retired = AnswerRetired(
        answer=command.answer,
        edition=answer.edition,
        on=command.on,
        left_profile=command.left_profile,
    )
    return (retired,)


def _checked(draft: Draft) -> Draft:
    if draft.until is not None and draft.until <= draft.since:
        raise RefusedError("it would end before it begins", "an end after the beginning")
    if not draft.wordings:
        raise RefusedError("the answer says nothing", "a title and a text")
    return draft


def _stated(draft: Draft) -> dict[str, object]:
    return {
        "subject": draft.subject,
        "since": draft.since,
        "until": draft.until,
        "source": draft.source,
        "origin": draft.origin,
        "wordings": draft.wordings,
    }


DECIDER: Decider[AnswerCommand, Answer, AnswerEvent] = Decider(Answer(), decide, evolve)
