"""Both decision tables are total, and every decision cites a published cell."""

from __future__ import annotations

from itertools import product

import pytest

from services.agency.urgency import URGENCY_TABLE, decide_severity, decide_urgency
from services.hazards.structured import OUTCOMES, Answer, SafetyAnswers

ANSWERS: tuple[Answer | None, ...] = (None, "no", "unsure", "yes")
NOTHING = SafetyAnswers()
CELLS = {cell.id: cell.urgency for cell in URGENCY_TABLE}


def test_every_situation_has_a_published_cell_never_below_the_types_base() -> None:
    cited = set()
    for outcome, now, suspect, injury, minutes, leads, base, perishing in product(
        OUTCOMES,
        ANSWERS,
        ANSWERS,
        ANSWERS,
        (None, 0, 30, 31),
        (True, False),
        range(1, 5),
        (True, False),
    ):
        answers = SafetyAnswers(happening_now=now, suspect_present=suspect, injury=injury)
        urgency, cell = decide_urgency(
            outcome,
            answers,
            minutes_ago=minutes,
            leads=leads,
            base=base,
            evidence_perishing=perishing,
        )
        assert CELLS[cell] == urgency <= base
        assert (urgency == 0) == (outcome == "divert")
        cited.add(cell)
    assert cited == CELLS.keys() - {"U-B.4"}


@pytest.mark.parametrize(
    ("answers", "minutes_ago", "leads", "base", "expected"),
    [
        (SafetyAnswers(happening_now="yes"), 5, False, 4, (2, "U-2.1")),
        (SafetyAnswers(happening_now="no"), 30, False, 4, (1, "U-1.1")),
        (SafetyAnswers(suspect_present="yes"), None, False, 4, (2, "U-2.2")),
        (SafetyAnswers(happening_now="no", injury="yes"), None, False, 4, (2, "U-2.3")),
        (NOTHING, 31, True, 4, (3, "U-3.1")),
        (NOTHING, None, False, 4, (4, "U-4.1")),
        (NOTHING, None, True, 3, (3, "U-3.1")),
        (NOTHING, None, True, 1, (1, "U-B.1")),
    ],
)
def test_the_urgency_table(
    answers: SafetyAnswers,
    minutes_ago: int | None,
    leads: bool,
    base: int,
    expected: tuple[int, str],
) -> None:
    decided = decide_urgency("none", answers, minutes_ago=minutes_ago, leads=leads, base=base)
    assert decided == expected


def test_an_emergency_is_the_most_urgent_whatever_the_type() -> None:
    decided = decide_urgency("divert", NOTHING, minutes_ago=None, leads=False, base=4)
    assert decided == (0, "U-0.1")


def test_perishing_evidence_is_urgent() -> None:
    decided = decide_urgency(
        "none", NOTHING, minutes_ago=None, leads=False, base=4, evidence_perishing=True
    )
    assert decided == (1, "U-1.2")


def test_severity_is_the_base_plus_one_for_each_qualifier_and_at_most_five() -> None:
    cells: dict[str, int] = {}
    for base, weapon, missing, injury in product(range(1, 6), ANSWERS, ANSWERS, ANSWERS):
        answers = SafetyAnswers(weapon=weapon, vulnerable_missing=missing, injury=injury)
        severity, cell = decide_severity(answers, base=base)
        assert severity == min(5, base + (weapon, missing, injury).count("yes"))
        assert cells.setdefault(cell, severity) == severity
    assert len(cells) == 5 * 8
    assert {"S-1.0": 1, "S-2.WI": 4, "S-5.WVI": 5}.items() <= cells.items()
