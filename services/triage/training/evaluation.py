"""Evaluating triage on files of records. scikit-learn is imported only for the task `class`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

from services.triage.training.duplicate_training import estimate, middle_of
from services.triage.training.duplicates_task import evaluate_duplicates
from services.triage.training.extra import need_training
from services.triage.training.linked_records import read_fields, read_linked
from services.triage.training.tables import TableError, read_labelled

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.triage.training.tables import Labelled

TRAINING_SHARE = 0.7
"""Of a single file, in its order; the rest is used for testing."""


def evaluate_linked(
    data: Path, links: Path, fields: Path, split: datetime | None
) -> dict[str, Any]:
    """Duplicates: figures for links after `split`, by weights estimated on earlier ones.

    Without `split`, the date of the middle link. TableError when a file cannot be used.
    """
    records = read_linked(data, links, read_fields(fields))
    cut = split.replace(tzinfo=UTC) if split else middle_of(records)
    weights = estimate(records, cut)
    return {
        **evaluate_duplicates(records, weights, cut),
        "weights": weights.model_dump(mode="json"),
    }


def evaluate_labelled(trained: Labelled, tested: Labelled, least: int, seed: int) -> dict[str, Any]:
    """Classes: figures on `tested` of a classifier trained on `trained`.

    Labels with fewer than `least` training rows are left out on both sides. TableError without rows
    to test on, MissingExtraError without scikit-learn.
    """
    if least > 1:
        kept = frozenset(name for name, n in Counter(trained.labels).items() if n >= least)
        trained, tested = trained.keeping(kept), tested.keeping(kept)
    if not len(tested):
        raise TableError("there are no rows to test on")
    need_training()
    from services.triage.training.class_task import evaluate_class
    from services.triage.training.classifier import Options

    return evaluate_class(trained, tested, Options(seed))


def split_labelled(data: Path, texts: list[str], label: str) -> tuple[Labelled, Labelled]:
    """The first rows of a file for training, the others for testing."""
    rows = read_labelled(data, texts, label)
    cut = round(len(rows) * TRAINING_SHARE)
    return rows.part(0, cut), rows.part(cut, len(rows))
