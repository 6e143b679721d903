"""The answer of `blotter triage evaluate` as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_class(found: Mapping[str, Any]) -> None:
    """The totals beside the floors, then every label."""
    totals = Table("", "accuracy", "95 % bounds", "macro-F1", title="class", title_justify="left")
    for name, row in {"ours": found, **found["floors"]}.items():
        bounds = f"{row['accuracy_low']:.3f} to {row['accuracy_high']:.3f}"
        totals.add_row(name, f"{row['accuracy']:.3f}", bounds, f"{row['macro_f1']:.3f}")
    classes = Table("label", "rows", "precision", "recall", "F1")
    for label, row in sorted(found["per_class"].items(), key=lambda each: -each[1]["support"]):
        precision, recall = row["precision"]["value"], row["recall"]["value"]
        classes.add_row(
            label, str(row["support"]), _share(precision), _share(recall), f"{row['f1']:.3f}"
        )
    console = Console()
    console.print(totals)
    console.print(classes)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
