"""Measures of classification: accuracy, F1, calibration, with confidence bounds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from services.triage.domain.share import share

if TYPE_CHECKING:
    from collections.abc import Sequence

WORST_CELL_LEAST = 20
"""A label with fewer rows is too uncertain to be the worst."""


def per_class(truth: Sequence[str], answers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Precision, recall and F1 of every label that is true or was answered."""
    right = Counter(t for t, a in zip(truth, answers, strict=True) if t == a)
    true, answered = Counter(truth), Counter(answers)
    found = {}
    for label in sorted(true.keys() | answered.keys()):
        precision, recall = share(right[label], answered[label]), share(right[label], true[label])
        f1 = 2 * right[label] / (true[label] + answered[label])
        found[label] = {
            "f1": _short(f1),
            "precision": precision.as_json(),
            "recall": recall.as_json(),
            "support": true[label],
        }
    return found


def summary(truth: Sequence[str], answers: Sequence[str]) -> dict[str, Any]:
    """Accuracy and macro-F1, which is over every label that is true or was answered."""
    classes = per_class(truth, answers)
    right = sum(t == a for t, a in zip(truth, answers, strict=True))
    bounds = share(right, len(truth))
    return {
        "accuracy": bounds.value,
        "accuracy_low": bounds.low,
        "accuracy_high": bounds.high,
        "macro_f1": _short(sum(each["f1"] for each in classes.values()) / len(classes)),
    }


def worst_cell(classes: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The label with the lowest F1 among those with enough rows."""
    enough = {k: v for k, v in classes.items() if v["support"] >= WORST_CELL_LEAST}
    if not enough:
        return None
    label = min(enough, key=lambda name: (enough[name]["f1"], name))
    return {"label": label, **enough[label]}


def calibration(sure: Sequence[int], right: Sequence[bool]) -> dict[str, Any]:
    """Difference of stated probabilities (thousandths) from observed frequencies, in ten bins."""
    bins = []
    for tenth in range(10):
        inside = [i for i, p in enumerate(sure) if min(p // 100, 9) == tenth]
        if inside:
            stated = sum(sure[i] for i in inside) / len(inside) / 1000
            was = sum(right[i] for i in inside) / len(inside)
            bins.append({"told": _short(stated), "was": _short(was), "rows": len(inside)})
    error = sum(abs(b["told"] - b["was"]) * b["rows"] for b in bins) / max(len(sure), 1)
    return {"expected_error": _short(error), "bins": bins}


def _short(value: float) -> float:
    return round(value, 4)
