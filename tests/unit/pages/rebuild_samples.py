"""Rebuilds in the states that matter, with `text` wherever somebody might have written it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.projections.rebuilds.comparing import Comparison, Difference, TableComparison
from services.projections.rebuilds.progress import Copy, ParkedRow, Rebuilding, ViewProgress

NOW = datetime(2026, 3, 14, 20, 26, 53, tzinfo=UTC)


def rebuilds_values(text: str) -> dict[str, Any]:
    """A view in each state, one of them stopped, and a row that stands still."""
    served = Copy(120_000, 1, None, 0.4, 0, 0)
    ill = Copy(41, 1, text, 4.2, 3, 119_959)
    new = Copy(41_000, 2, None, 0.1, 0, 79_000)

    def rebuild(state: str, copy: Copy, rate: float | None = None) -> Rebuilding:
        left = 7_300.0 if rate else None
        return Rebuilding(state, text, NOW, state == "building", None, None, copy, rate, left)

    views = [
        ViewProgress("case-status", 2, 120_000, served, rebuild("building", new, 54_321.0)),
        ViewProgress("workload", 1, 120_000, ill, rebuild("cancelled", ill)),
        ViewProgress("personal-data", 1, 120_000, served, rebuild("built", served)),
        ViewProgress("records-requests", 1, 120_000, served, rebuild("switched", served)),
        ViewProgress("of-tomorrow", 1, 120_000, None, None),
        ViewProgress("old", 2, 120_000, served, None),
    ]
    parked = [ParkedRow("workload", "workload_calls", text, 3, 17, text, NOW)]
    return {"views": views, "parked": parked, "moment": NOW, "operates": True}


def comparison(text: str) -> Comparison:
    """Two copies that differ."""
    table = TableComparison("workload_calls", 12, 13, "ab" * 32, "cd" * 32, 2)
    differences = (
        Difference("workload_calls", text, "row", None, "there"),
        Difference("workload_calls", text, "officer", text, None),
    )
    return Comparison("workload", "_next", 120_000, (table,), differences)
