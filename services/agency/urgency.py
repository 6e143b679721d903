"""Urgency and severity: two published decision tables; decisions cite the id of a cell.

Urgency 0 is an emergency, 4 a record only; severity 1 is the least, 5 the most (mission.md). Cell
ids are permanent: a changed meaning is a new id and a new `TABLES_VERSION`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.hazards.structured import Outcome, SafetyAnswers

TABLES_VERSION: Final = "tables/1"
JUST_HAPPENED_MINUTES: Final = 30
MOST_SEVERE: Final = 5
QUALIFIERS: Final = {"weapon": "W", "vulnerable_missing": "V", "injury": "I"}
"""Answers that each add one to the severity, and their letter in the cell's id."""


@dataclass(frozen=True, slots=True)
class UrgencyCell:
    """A row of the urgency table."""

    id: str
    urgency: int
    meaning: str


URGENCY_TABLE: Final = (
    UrgencyCell("U-0.1", 0, "an emergency: threat to life or property"),
    UrgencyCell("U-1.1", 1, "just happened: ended within 30 minutes of the report"),
    UrgencyCell("U-1.2", 1, "evidence is perishing"),
    UrgencyCell("U-2.1", 2, "in progress, no threat"),
    UrgencyCell("U-2.2", 2, "the suspect is still there, no threat"),
    UrgencyCell("U-2.3", 2, "somebody was hurt, earlier"),
    UrgencyCell("U-3.1", 3, "cold, with workable leads: people or vehicles described"),
    UrgencyCell("U-4.1", 4, "record only"),
    *(UrgencyCell(f"U-B.{base}", base, "the type's base urgency") for base in range(1, 5)),
)
"""The first row whose condition holds decides, unless the type's base is more urgent."""
_CELLS: Final = {cell.id: cell for cell in URGENCY_TABLE}


def decide_urgency(
    outcome: Outcome,
    answers: SafetyAnswers,
    *,
    minutes_ago: int | None,
    leads: bool,
    base: int,
    evidence_perishing: bool = False,
) -> tuple[int, str]:
    """The urgency and its cell.

    `minutes_ago`: minutes between incident and report, None if not known; `leads`: whether persons
    or vehicles are described; `base`: the type's own urgency, 1 to 4.
    """
    cell = _CELLS[_situation(outcome, answers, minutes_ago, evidence_perishing, leads)]
    if base < cell.urgency:
        cell = _CELLS[f"U-B.{base}"]
    return cell.urgency, cell.id


def decide_severity(answers: SafetyAnswers, *, base: int) -> tuple[int, str]:
    """The severity and its cell: `S-<base>.0`, or the letters of the qualifiers instead of 0."""
    letters = "".join(
        letter for question, letter in QUALIFIERS.items() if getattr(answers, question) == "yes"
    )
    return min(MOST_SEVERE, base + len(letters)), f"S-{base}.{letters or 0}"


def _situation(
    outcome: Outcome,
    answers: SafetyAnswers,
    minutes_ago: int | None,
    evidence_perishing: bool,
    leads: bool,
) -> str:
    in_progress = answers.happening_now == "yes"
    recent = minutes_ago is not None and minutes_ago <= JUST_HAPPENED_MINUTES
    conditions = {
        "U-0.1": outcome == "divert",
        # In progress excludes "just happened": noise stays in progress (triage.md, L0).
        "U-1.1": recent and not in_progress,
        "U-1.2": evidence_perishing,
        "U-2.1": in_progress,
        "U-2.2": answers.suspect_present == "yes",
        "U-2.3": answers.injury == "yes",
        "U-3.1": leads,
    }
    return next((cell for cell, holds in conditions.items() if holds), "U-4.1")
