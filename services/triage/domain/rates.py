"""The counts of a rehearsal as shares. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.triage.domain.share import Bounded, share

if TYPE_CHECKING:
    from services.triage.domain.gates import Figures

COUNTED: Final = (
    "emergency_lost",
    "emergency_gained",
    "type_changed",
    "urgency_lowered",
    "urgency_raised",
    "severity_changed",
    "route_changed",
    "link_lost",
    "link_gained",
    "suggestions_changed",
    "as_recorded",
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A count and its share with 95 % bounds."""

    count: int
    share: Bounded

    @property
    def value(self) -> str:
        """The share as text; empty when there is nothing to count."""
        return "" if self.share.value is None else f"{100 * self.share.value:.2f} %"

    @property
    def bounds(self) -> str:
        """The bounds as text."""
        return f"{100 * self.share.low:.2f} to {100 * self.share.high:.2f} %"

    def as_json(self) -> dict[str, float | int | None]:
        """The rate for JSON."""
        return {"count": self.count, **self.share.as_json()}


def rates(figures: Figures | None) -> dict[str, Rate]:
    """Every count as a share of the reports; lost links as a share of the links."""
    if figures is None:
        return {}
    counts = {name: (getattr(figures, name), figures.reports) for name in COUNTED}
    counts["link_lost"] = (figures.link_lost, figures.links)
    return {name: Rate(count, share(count, of)) for name, (count, of) in counts.items()}
