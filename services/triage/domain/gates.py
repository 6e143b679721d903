"""The gates of a rehearsal before a bundle may be activated: figures against limits. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.triage import GateFigure

if TYPE_CHECKING:
    from collections.abc import Iterator

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]


class Limits(BaseModel):
    """One row of an agency's dated table: maximums, except `least_…`.

    Percentages are of all reports; lost links, of the links of the baseline.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date = date(2026, 1, 1)
    emergencies_lost: Count = 0
    undecidable: Count = 0
    emergencies_gained_percent: Percent = 2.0
    class_changed_percent: Percent = 5.0
    urgency_lowered_percent: Percent = 0.5
    severity_changed_percent: Percent = 5.0
    route_changed_percent: Percent = 5.0
    links_lost_percent: Percent = 2.0
    links_gained_percent: Percent = 2.0
    least_days: Count = 7
    least_reports: Count = 200


class Figures(BaseModel):
    """The counts of a rehearsal.

    An emergency is lost when the outcome falls from divert or confirm to none, or from divert to
    confirm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reports: int = 0
    days: int = 0
    """Whole days from the first report decided again to the last."""
    unreadable: int = 0
    """Reports whose text is erased: decided again without it."""
    undecidable: int = 0
    as_recorded: int = 0
    """Decisions of the baseline bundle that equal the recorded ones."""
    links: int = 0
    emergency_lost: int = 0
    emergency_gained: int = 0
    type_changed: int = 0
    urgency_lowered: int = 0
    urgency_raised: int = 0
    severity_changed: int = 0
    route_changed: int = 0
    link_lost: int = 0
    link_gained: int = 0
    suggestions_changed: int = 0


def judged(figures: Figures, limits: Limits) -> tuple[GateFigure, ...]:
    """Every gate with its figure."""
    return tuple(
        GateFigure(
            gate=name,
            value=value,
            limit=limit,
            passed=value >= limit if name.startswith("least_") else value <= limit,
        )
        for name, value, limit in _gates(figures, limits)
    )


def _gates(figures: Figures, limits: Limits) -> Iterator[tuple[str, float, float]]:
    for name, value in (
        ("emergencies_lost", figures.emergency_lost),
        ("undecidable", figures.undecidable),
        ("emergencies_gained_percent", percent(figures.emergency_gained, figures.reports)),
        ("class_changed_percent", percent(figures.type_changed, figures.reports)),
        ("urgency_lowered_percent", percent(figures.urgency_lowered, figures.reports)),
        ("severity_changed_percent", percent(figures.severity_changed, figures.reports)),
        ("route_changed_percent", percent(figures.route_changed, figures.reports)),
        ("links_lost_percent", percent(figures.link_lost, figures.links)),
        ("links_gained_percent", percent(figures.link_gained, figures.reports)),
        ("least_days", figures.days),
        ("least_reports", figures.reports),
    ):
        yield name, float(value), float(getattr(limits, name))


def percent(part: int, of: int) -> float:
    """Per cent, rounded away from zero, so that a small share never shows as zero."""
    if not of:
        return 0.0
    return max(round(100 * part / of, 3), 0.001) if part else 0.0
