"""What can be asked of a call for service. Imperative; each may be sent again without harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from uuid import UUID

    from events.casework import Disposition
    from events.intake import Outcome


@dataclass(frozen=True, slots=True)
class TakeReport:
    """Open a call for this report, or attach it to the call of its incident."""

    report_id: UUID
    report_number: str
    type: str
    urgency: int
    severity: int
    emergency: Outcome
    desk: str
    district: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """Accept for investigation (a case number is issued) or return to the desk."""

    outcome: Literal["accepted", "returned"]
    case_number: str | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """Make an officer responsible."""

    officer: str
    desk: str | None = None


@dataclass(frozen=True, slots=True)
class AddNote:
    """Write something down."""

    note: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close the work with one to five dispositions."""

    dispositions: tuple[Disposition, ...]


@dataclass(frozen=True, slots=True)
class KeepForStatistics:
    """Keep as information only."""


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Keep everything of the call while this matter is open."""

    matter: str


@dataclass(frozen=True, slots=True)
class LiftHold:
    """The matter is closed."""

    matter: str


CaseCommand = (
    TakeReport | Review | Assign | AddNote | Resolve | KeepForStatistics | PlaceHold | LiftHold
)
