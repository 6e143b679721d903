"""Requests for public records as a table."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def records_table(items: list[dict[str, Any]]) -> Table:
    """A row for each request: its dates, its reports, and its outcome or that it is open."""
    table = Table("request", "received", "due", "extended", "reports", "outcome")
    for item in items:
        table.add_row(
            item["number"],
            item["received_on"],
            item["due_on"],
            "yes" if item["extended"] else "",
            ", ".join(item["reports"]),
            item["outcome"] or ("OVERDUE" if item["overdue"] else "open"),
        )
    return table
