"""An agency's profile: its types, desks, partners and texts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, assert_never
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.agency.districts import Districts
from services.agency.keywords import KeywordIndex
from services.agency.open311 import Open311
from services.hazards.structured import InProgress, Outcome

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Label = Annotated[str, Field(min_length=1)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'unknown time zone "{name}"') from None
    return name


def _has_a_word(keyword: str) -> str:
    if not any(character.isalnum() for character in keyword):
        raise ValueError(f'"{keyword}" has no word in it')
    return keyword


class Part(BaseModel):
    """A part of a profile; unknown keys are errors, so that misspelt ones are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CallLine(Part):
    """A line to call or text, shown as a link."""

    label: Label
    uri: Annotated[str, Field(pattern=r"^(tel|sms):\+?[0-9]+([-.][0-9]+)*$")]


class EmergencyTexts(Part):
    """Emergency instructions in the agency's own words, and the lines shown with them."""

    number: Label
    """The emergency number as spoken."""
    headline: Label
    """The immediate instruction, in a few words."""
    none: Label
    confirm: Label
    divert: Label
    telephone: CallLine
    text: CallLine
    crisis: CallLine
    crisis_text: CallLine | None = None
    elsewhere: CallLine | None = None
    """How to reach the same centre from outside its area."""
    same_centre: bool = False
    """Whether the emergency centre also answers the non-emergency number."""

    def instruction(self, outcome: Outcome) -> str:
        """The instruction for the outcome of an assessment."""
        match outcome:
            case "none":
                return self.none
            case "confirm":
                return self.confirm
            case "divert":
                return self.divert
            case _:
                assert_never(outcome)


class Desk(Part):
    """A queue of work: a unit of the agency, or the place that refers to a partner."""

    id: Identifier
    label: Label
    telephone: str | None = None
    """None: the agency's non-emergency number."""
    refers_to: Identifier | None = None
    """The partner to whom this desk refers."""


class Partner(Part):
    """Another organisation: reports are referred to it, or its systems send events."""

    id: Identifier
    label: Label
    telephone: str | None = None
    hours: Identifier | None = None
    """Opening hours of the telephone; None: not known."""


class ReportType(Part):
    """A row of the catalogue. `urgency` and `severity` are the bases of the decision tables."""

    id: Identifier
    label: Label
    group: Identifier
    in_progress: InProgress | None = None
    """None only for the agency's unknown type, whose danger while in progress is unknown."""
    public: bool
    desk: Identifier
    severity: Annotated[int, Field(ge=1, le=5)]
    urgency: Annotated[int, Field(ge=1, le=4)]
    duplicate_horizon_hours: Annotated[int, Field(ge=0)]
    """0: never a duplicate by place and time alone."""
    duplicate_distance_metres: Annotated[int, Field(ge=0)] = 250
    apco: Label
    """Common incident type (ANS 2.103)."""
    nibrs: tuple[Annotated[str, Field(pattern=r"^[0-9]{2}[0-9A-Z]$")], ...] = ()
    """Preliminary offence codes, for the records system to confirm."""
    open311: Literal["realtime", "batch", "blackbox"]
    keywords: tuple[Annotated[str, AfterValidator(_has_a_word)], ...] = ()
    online: bool = True
    """Whether the public site accepts reports of this type; otherwise it shows whom to call."""
    safety: Identifier = "full"
    """The set of safety questions, asked first."""
    questions: tuple[Identifier, ...] = ("where", "when", "what")
    """The type's own questions, in order."""
    nearby: bool = False
    """Whether several people report the same incident; then reports nearby are shown."""
    attest: bool = False
    """Whether the reporting party must confirm that they know the law on false reports."""


class AgencyProfile(Part):
    """The settings of one agency. The order of `types` is the catalogue's."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: Label
    short_name: Label
    log_origin: Annotated[str, Field(pattern=r"^[a-z0-9]+([-./][a-z0-9]+)*$")] | None = None
    """The name of the ledger's log; keys and checkpoints contain it, so it never changes."""
    timezone: Annotated[str, AfterValidator(_known_zone)]
    live: bool
    emergency: EmergencyTexts
    unknown_type: Identifier
    """The type of a report that no rule could classify; its desk reviews."""
    desks: Mapping[str, Desk]
    types: Mapping[str, ReportType]
    districts: Districts
    partners: Mapping[str, Partner] = {}
    open311: Open311 = Open311()
    digest: str
    """SHA-256 of the profile's files and of the versions of the rules that use them."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def known_types(self) -> frozenset[str]:
        """The ids of the catalogue."""
        return frozenset(self.types)

    @cached_property
    def place_of_type(self) -> Mapping[str, int]:
        """The position of each type in the catalogue."""
        return {id_: place for place, id_ in enumerate(self.types)}

    @cached_property
    def keyword_index(self) -> KeywordIndex:
        """The catalogue's key words, indexed for searching."""
        return KeywordIndex.of({id_: known.keywords for id_, known in self.types.items()})

    def type_or_unknown(self, id_: str) -> ReportType:
        """The type, or the unknown type for an id outside the catalogue."""
        return self.types.get(id_) or self.types[self.unknown_type]
