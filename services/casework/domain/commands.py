"""The commands of a call for service. Imperative; each may be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from uuid import UUID

    from events.casework import Disposition
    from events.intake import Outcome


@dataclass(frozen=True, slots=True)
class TakeReport:
    """Open a call for this report, or attach the report to the call of its incident."""

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
    """Add a note."""

    note: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close the call with one to five dispositions."""

    dispositions: tuple[Disposition, ...]


@dataclass(frozen=True, slots=True)
class KeepForStatistics:
    """Keep the call as information only."""


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Place a legal hold: nothing of the call may be erased while this matter is open."""

    matter: str


@dataclass(frozen=True, slots=True)
class LiftHold:
    """Lift the legal hold of a closed matter."""

    matter: str


CaseCommand = (
    TakeReport | Review | Assign | AddNote | Resolve | KeepForStatistics | PlaceHold | LiftHold
)
