"""An agency's public site as data: questions, answers and texts in each of its languages.

Labels in the catalogue's own files are in the agency's first language; `texts.<language>.toml` has
the same labels in another one, and must be complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.agency.profile import EmergencyTexts, Identifier, Label, Part
from services.hazards.structured import SafetyAnswers

BUILT_IN = ("where", "when", "what", "person", "vehicle")
"""Questions that every agency has; their texts are built into the site."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ExpectedStep = Literal["assessed", "opened", "accepted", "assigned", "closed"]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Span = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


def _safety_field(name: str) -> str:
    if name not in SafetyAnswers.model_fields:
        known = ", ".join(SafetyAnswers.model_fields)
        raise ValueError(f'"{name}" is none of {known}')
    return name


class Question(Part):
    """A question of a type."""

    id: Identifier
    label: Label
    hint: str = ""
    kind: Literal["choice", "text", "long", "date"] = "text"
    options: Mapping[Identifier, Label] = {}
    public: bool = False
    """Whether the answer may be shown to others nearby; only for a choice from a list."""
    optional: bool = False
    """Whether a report is complete without it."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("options belong to a choice, and only there")
        if self.public and self.kind != "choice":
            raise ValueError("only a choice can be public: free words may name somebody")
        return self


class SafetyQuestion(Part):
    """A question about danger; its answer applies to each of the facts it covers.

    A yes to a question that covers several facts does not say which.
    """

    id: Identifier
    label: Label
    covers: tuple[Annotated[str, AfterValidator(_safety_field)], ...] = Field(min_length=1)


class Hours(Part):
    """Opening hours, in the agency's time."""

    id: Identifier
    label: Label
    always: bool = False
    days: Mapping[Weekday, Span] = {}

    def open_at(self, local: datetime) -> bool:
        """Whether this local time is within the hours; holidays are ignored."""
        span = self.days.get(WEEKDAYS[local.weekday()])  # type: ignore[call-overload]
        if self.always or span is None:
            return self.always
        begin, end = span.split("-")
        until = time.max if end == "24:00" else time.fromisoformat(end)
        return time.fromisoformat(begin) <= local.time() < until


class Answer(Part):
    """A published answer to a frequent question."""

    id: Identifier
    subject: Identifier
    """The group of the catalogue under which it is listed."""
    title: Label
    text: Label
    keywords: tuple[Label, ...] = ()
    source: Label | None = None
    """Its source: a law, an ordinance, a page."""
    since: date
    until: date | None = None
    """The first day it is no longer in force."""


class SiteTexts(Part):
    """The agency's texts about reporting."""

    attestation: Label
    """The statement that a reporting party confirms where the type requires it."""
    false_reports: Label
    """The consequences of a knowingly false report."""
    anonymous: Label
    """The consequences of leaving the contact out."""
    emergency_misuse: Label
    """What happens when the emergency number is called for another matter."""
    non_emergency_misuse: Label
    """What happens when an emergency is reported to the non-emergency number."""
    site_misuse: Label
    """What happens when an emergency is reported on this site."""


class LineWords(Part):
    """The labels of the emergency lines; their numbers are the profile's."""

    headline: Label
    none: Label
    confirm: Label
    divert: Label
    telephone: Label
    text: Label
    crisis: Label
    crisis_text: str = ""
    elsewhere: str = ""


class QuestionWords(Part):
    """A question in another language."""

    label: Label
    hint: str = ""
    options: Mapping[Identifier, Label] = {}


class AnswerWords(Part):
    """An answer in another language."""

    title: Label
    text: Label
    keywords: tuple[Label, ...] = ()


class Translation(Part):
    """Every text of a profile in another language, by the same ids."""

    emergency: LineWords
    texts: SiteTexts
    types: Mapping[str, Label]
    groups: Mapping[str, Label]
    desks: Mapping[str, Label]
    partners: Mapping[str, Label]
    hours: Mapping[str, Label] = {}
    safety: Mapping[str, Label]
    questions: Mapping[str, QuestionWords] = {}
    answers: Mapping[str, AnswerWords] = {}
    words: Mapping[str, Label] = {}
    """The site's own texts, for a language that is not built in."""


class Silence(Part):
    """What happens when a conversation by text message or e-mail is not continued."""

    after_minutes: Annotated[int, Field(ge=1)]
    """Then it is filed as it stands."""
    desk: Identifier | None = None
    """The reviewing desk; None: the desk of its type."""


class Silences(Part):
    """The rules of one channel, by the outcome of the conversation so far."""

    none: Silence = Silence(after_minutes=1440)
    confirm: Silence = Silence(after_minutes=15)
    """Danger is not excluded."""


class Site(Part):
    """The public site of one agency."""

    languages: Mapping[Language, Label] = Field(min_length=1)
    """The languages' own names; the first is the language of the profile itself."""
    leave_to: Annotated[str, Field(pattern=r"^https://[^\s]+$")]
    """Where the quick-exit link leads."""
    non_emergency: Identifier
    """The partner that answers the non-emergency number; may be the agency's own centre."""
    unfinished_after_minutes: Annotated[int, Field(ge=1)] = 15
    """When a doubtful form that was begun and never sent is filed as it stands."""
    expected_hours: Mapping[ExpectedStep, Annotated[int, Field(ge=1)]] = {}
    """Hours after a report within which each step is usually taken; a missing step is not shown."""
    silence: Mapping[Literal["sms", "email"], Silences] = {}
    """By channel; a missing one has the default times."""
    texts: SiteTexts
    groups: Mapping[Identifier, Label]
    hours: Mapping[Identifier, Hours] = {}
    safety: Mapping[str, SafetyQuestion]
    safety_sets: Mapping[Identifier, tuple[str, ...]]
    questions: Mapping[Identifier, Question] = {}
    answers: Mapping[Identifier, Answer] = {}
    translations: Mapping[Language, Translation] = {}

    @property
    def first_language(self) -> str:
        """The language of the profile itself."""
        return next(iter(self.languages))

    def silence_of(self, channel: Literal["sms", "email"], outcome: str) -> Silence:
        """The rule for a conversation of this channel that is not continued."""
        silences = self.silence.get(channel, Silences())
        return silences.none if outcome == "none" else silences.confirm

    def safety_of(self, set_name: str) -> tuple[str, ...]:
        """The ids of the safety questions of a set, in their order."""
        return self.safety_sets[set_name]


class SiteInLanguage(Part):
    """The profile and site in one language, as a page needs them."""

    language: str
    emergency: EmergencyTexts
    texts: SiteTexts
    types: Mapping[str, str]
    groups: Mapping[str, str]
    desks: Mapping[str, str]
    partners: Mapping[str, str]
    hours: Mapping[str, str]
    safety: Mapping[str, SafetyQuestion]
    questions: Mapping[str, Question]
    answers: Mapping[str, Answer]
    words: Mapping[str, str] = {}
