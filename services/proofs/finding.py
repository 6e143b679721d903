"""What is wrong with a log, and where it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The first position that is wrong; with `until`, wrong is at least one from `position` up to,
    without, that. A checkpoint's position is its size: the events before it are what it signs."""

    position: int
    problem: str
    until: int | None = None
    checkpoint: bool = False

    @property
    def where(self) -> str:
        """The place in words."""
        if self.checkpoint:
            return f"checkpoint of {self.position} events"
        if self.until is not None and self.until > self.position + 1:
            return f"positions {self.position} to {self.until - 1}"
        return f"position {self.position}"

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def first(findings: list[Finding]) -> Finding | None:
    """The one with the lowest position."""
    return min(findings, key=lambda finding: finding.position, default=None)
