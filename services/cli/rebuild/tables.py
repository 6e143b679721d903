"""Views with their rebuilds, and comparisons of two copies, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from services.projections.rebuilds.comparing import Comparison
    from services.projections.rebuilds.progress import ParkedRow, Rebuilding, ViewProgress


def print_views(views: list[ViewProgress], parked: list[ParkedRow]) -> None:
    """A row for each view, then a line for each row of a view that stands still."""
    table = Table(Column("view", no_wrap=True), "version", "behind", "rebuild", "trouble")
    for view in views:
        served = view.served
        trouble = failure(view) or (
            f"needs a rebuild: this is version {view.version}" if view.needs_rebuild else ""
        )
        table.add_row(
            view.view,
            str(served.version) if served else "-",
            str(served.behind) if served else "-",
            _words(view.rebuild),
            trouble,
        )
    Console().print(table)
    for row in parked:
        print(
            f"{row.copy}: row {row.key} of {row.table} stands still since position"
            f" {row.position} ({row.reason}); {row.events} events wait for it"
        )


def failure(view: ViewProgress) -> str | None:
    """Why one of its copies stopped."""
    served, other = view.served, view.rebuild
    return (served.failed if served else None) or (other.copy.failed if other else None)


def _words(rebuild: Rebuilding | None) -> str:
    if rebuild is None:
        return "-"
    copy, words = rebuild.copy, [rebuild.state]
    if rebuild.state in ("building", "cancelled"):
        words.append(f"{100 * copy.position // max(1, copy.position + copy.behind)} %")
    if rebuild.events_per_second:
        words.append(f"{rebuild.events_per_second:,.0f} events/s")
    if rebuild.seconds_left is not None:
        words.append(f"{rebuild.seconds_left:.0f} s left")
    return ", ".join(words)


def print_comparison(found: Comparison) -> None:
    """Rows and hash of each table on both sides, then the fields that differ."""
    print(f"{found.view} at position {found.position}: served, and {found.view}{found.copy}")
    for table in found.tables:
        print(
            f"  {table.table}: {table.served_rows} rows {table.served_hash[:16]},"
            f" {table.other_rows} rows {table.other_hash[:16]}, {table.differing_rows} differ"
        )
    for each in found.differences:
        print(f"  {each.table} {each.key} {each.field}: {each.served} | {each.other}")
