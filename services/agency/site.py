"""What an agency's public site asks and tells, in each of its languages: data, as the catalogue is.

Labels in the catalogue's own files are in the agency's first language; `texts.<language>.toml`
has the same in another one, complete, so that no page is half translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.agency.profile import EmergencyTexts, Identifier, Label, Part
from services.hazards.structured import SafetyAnswers

BUILT_IN = ("where", "when", "what", "person", "vehicle")
"""Questions that every agency has; their words are the site's own."""
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
    """One thing that a type wants to know."""

    id: Identifier
    label: Label
    hint: str = ""
    kind: Literal["choice", "text", "long", "date"] = "text"
    options: Mapping[Identifier, Label] = {}
    public: bool = False
    """Whether the answer may be told to others nearby; only a choice can be."""
    optional: bool = False
    """Whether a report is as complete without it."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("options belong to a choice, and only there")
        if self.public and self.kind != "choice":
            raise ValueError("only a choice can be public: free words may name somebody")
        return self


class SafetyQuestion(Part):
    """A question about danger; its answer stands for each of the facts that it covers.

    One that covers several is a question whether any of them is so: its yes names none of them.
    """

    id: Identifier
    label: Label
    covers: tuple[Annotated[str, AfterValidator(_safety_field)], ...] = Field(min_length=1)


class Hours(Part):
    """When somebody answers, in the agency's time."""

    id: Identifier
    label: Label
    always: bool = False
    days: Mapping[Weekday, Span] = {}

    def open_at(self, local: datetime) -> bool:
        """Whether somebody answers at this local time; holidays are not looked at."""
        span = self.days.get(WEEKDAYS[local.weekday()])  # type: ignore[call-overload]
        if self.always or span is None:
            return self.always
        begin, end = span.split("-")
        until = time.max if end == "24:00" else time.fromisoformat(end)
        return time.fromisoformat(begin) <= local.time() < until


class Answer(Part):
    """An answer to what people often ask."""

    id: Identifier
    subject: Identifier
    """The group of the catalogue under which it is listed."""
    title: Label
    text: Label
    keywords: tuple[Label, ...] = ()
    source: Label | None = None
    """Where it says so: a law, an ordinance, a page."""
    since: date
    until: date | None = None
    """The first day it no longer holds."""


class SiteTexts(Part):
    """What the agency says about reporting, in its own words."""

    attestation: Label
    """What a reporting party confirms where a type asks for it."""
    false_reports: Label
    """What a knowingly false report means."""
    anonymous: Label
    """What it costs to leave the contact out."""
    emergency_misuse: Label
    """What happens when the emergency number is called for something else."""
    non_emergency_misuse: Label
    """What happens when an emergency is told to the non-emergency number."""
    site_misuse: Label
    """What happens when an emergency is written into this site."""


class LineWords(Part):
    """The labels of the emergency lines; their numbers stay."""

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
    """Everything the site shows of a profile, in another language, by the same ids."""

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
    """The site's own words, for a language that the software does not bring."""


class Silence(Part):
    """What follows when a conversation by text message or e-mail is not gone on with."""

    after_minutes: Annotated[int, Field(ge=1)]
    """Then it is filed as it stands."""
    desk: Identifier | None = None
    """Who looks at it; None: the desk of its type."""


class Silences(Part):
    """The silence of one channel, by the outcome of what was said until then."""

    none: Silence = Silence(after_minutes=1440)
    confirm: Silence = Silence(after_minutes=15)
    """Nobody said that all is well."""


class Site(Part):
    """The public site of one agency."""

    languages: Mapping[Language, Label] = Field(min_length=1)
    """Their own names; the first is the language of the profile itself."""
    leave_to: Annotated[str, Field(pattern=r"^https://[^\s]+$")]
    """Where somebody goes who must leave this site at once."""
    non_emergency: Identifier
    """The partner, or the agency's own centre among them, who answers the non-emergency number."""
    unfinished_after_minutes: Annotated[int, Field(ge=1)] = 15
    """When a report that was begun in doubt and never sent is filed as it stands."""
    expected_hours: Mapping[ExpectedStep, Annotated[int, Field(ge=1)]] = {}
    """Within how many hours of a report each step is usually taken; a step left out is not told."""
    silence: Mapping[Literal["sms", "email"], Silences] = {}
    """By channel; one that is left out has the usual times."""
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
        """What follows when nobody answers any more on this channel."""
        silences = self.silence.get(channel, Silences())
        return silences.none if outcome == "none" else silences.confirm

    def safety_of(self, set_name: str) -> tuple[str, ...]:
        """The ids of the safety questions of a set, in their order."""
        return self.safety_sets[set_name]


class SiteInLanguage(Part):
    """What a page needs of the profile, in one language."""

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
