"""A share with its confidence bounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964
"""Two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A share with its 95 % Wilson bounds; None when there is nothing to count."""

    value: float | None
    low: float
    high: float
    of: int

    def as_json(self) -> dict[str, float | int | None]:
        return {"value": self.value, "low": self.low, "high": self.high, "of": self.of}


def share(good: int, of: int) -> Bounded:
    """The share of `good` in `of` with its bounds (Wilson 1927)."""
    if not of:
        return Bounded(None, 0.0, 1.0, 0)
    rate, z2 = good / of, Z_95**2
    middle = (rate + z2 / (2 * of)) / (1 + z2 / of)
    spread = Z_95 * sqrt(rate * (1 - rate) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Bounded(
        _short(rate), _short(max(0.0, middle - spread)), _short(min(1.0, middle + spread)), of
    )


def _short(value: float) -> float:
    return round(value, 4)
