"""How well the text rules tell emergencies from the rest: recall with its bound, false alarms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING

from services.hazards.texts import assess_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.safety.texts import SafetyText

SURE = 0.95
SMALLEST_CELL = 5


@dataclass(slots=True)
class Cell:
    """Counts by outcome of emergencies and of the rest."""

    emergencies: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    harmless: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def recall(self) -> float:
        """Share of the emergencies that are diverted or asked about."""
        return 1 - self.missed / max(1, self.emergency_count)

    @property
    def missed(self) -> int:
        """Emergencies that nothing was noticed of."""
        return self.emergencies["none"]

    @property
    def emergency_count(self) -> int:
        """All emergencies."""
        return sum(self.emergencies.values())

    @property
    def harmless_count(self) -> int:
        """All the rest."""
        return sum(self.harmless.values())

    def summary(self) -> dict[str, float | int]:
        """The figures of a report; bounds are one-sided at 95 %."""
        diverted = self.emergencies["divert"] + self.harmless["divert"]
        return {
            "emergencies": self.emergency_count,
            "missed": self.missed,
            "recall": round(self.recall, 4),
            "recall_at_least": round(
                lower_bound(self.emergency_count - self.missed, self.emergency_count), 4
            ),
            "harmless": self.harmless_count,
            "falsely_diverted": self.harmless["divert"],
            "falsely_asked": self.harmless["confirm"],
            "divert_precision": round(self.emergencies["divert"] / max(1, diverted), 4),
        }


def score(texts: Iterable[SafetyText]) -> tuple[Cell, dict[str, Cell]]:
    """All texts together, and each cell by itself."""
    whole, cells = Cell(), defaultdict[str, Cell](Cell)
    for each in texts:
        outcome = assess_text(each.text).outcome
        for cell in (whole, *(cells[name] for name in each.cells)):
            (cell.emergencies if each.emergency else cell.harmless)[outcome] += 1
    return whole, cells


def worst(cells: dict[str, Cell]) -> tuple[str, Cell] | None:
    """The cell in which most emergencies are missed; cells of a few texts say nothing."""
    known = [(name, c) for name, c in cells.items() if c.emergency_count >= SMALLEST_CELL]
    return min(known, key=lambda item: item[1].recall, default=None)


def lower_bound(found: int, of: int) -> float:
    """Clopper-Pearson: the share that is exceeded with 95 % certainty. By bisection."""
    if found == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_least(found, of, middle) < 1 - SURE:
            low = middle
        else:
            high = middle
    return low


def _at_least(found: int, of: int, share: float) -> float:
    """The probability of so many or more, binomially."""
    return sum(
        exp(
            lgamma(of + 1)
            - lgamma(k + 1)
            - lgamma(of - k + 1)
            + k * log(share)
            + (of - k) * log1p(-share)
        )
        for k in range(found, of + 1)
    )
