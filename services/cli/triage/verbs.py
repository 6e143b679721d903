"""`blotter triage train` and `evaluate`: only these need the extra `train` (scikit-learn)."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from cyclopts import Parameter

from services.cli.options import Json
from services.cli.triage import triage_app
from services.cli.triage.show import show_class
from services.triage.training.linked_records import read_fields, read_linked
from services.triage.training.tables import Labelled, TableError, read_labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MissingExtraError", "evaluate", "triage_app"]

Text = Annotated[list[str] | None, Parameter(name="--text", help="Field with text; repeatable.")]
Labels = Annotated[str | None, Parameter(name="--labels", help="Field with the label.")]
Task = Literal["class", "duplicates"]
FIRST_PART = 0.7


class MissingExtraError(Exception):
    """scikit-learn is not installed."""

    def __init__(self) -> None:
        super().__init__("this needs scikit-learn: install the extra `train`")


@triage_app.command
def evaluate(
    *,
    task: Task,
    data: Path | None = None,
    train: Path | None = None,
    test: Path | None = None,
    text: Text = None,
    labels: Labels = None,
    links: Path | None = None,
    fields: Path = Path("deploy/triage/boston-311.toml"),
    split: datetime | None = None,
    least: int = 1,
    seed: int = 20261123,
    json: Json = False,
) -> int:
    """How good triage is on records of any agency, with floors and confidence bounds.

    Rows are taken to be in time order. With --data one file is split: the first 70 % trains.
    --least leaves out labels with fewer training rows, on both sides. duplicates: --data with
    --links between its rows, columns as --fields says; weights are estimated on links before
    --split (by default the date of the middle link), figures are of those after it.
    """
    if task == "duplicates":
        found = _evaluate_duplicates(data, links, fields, split)
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    trained, tested = _both(_fields(text, labels), data, train, test)
    if least > 1:
        kept = frozenset(name for name, n in Counter(trained.labels).items() if n >= least)
        trained, tested = trained.keeping(kept), tested.keeping(kept)
    found = _evaluate_class(trained, tested, seed)
    _tell(found, as_json=json)
    return 0


def _evaluate_duplicates(
    data: Path | None, links: Path | None, fields: Path, split: datetime | None
) -> dict[str, Any]:
    if data is None or links is None:
        raise TableError("say what to judge by: --data F --links F")
    from services.triage.training.duplicate_training import estimate, middle_of
    from services.triage.training.duplicates_task import evaluate_duplicates

    records = read_linked(data, links, read_fields(fields))
    cut = split.replace(tzinfo=UTC) if split else middle_of(records)
    weights = estimate(records, cut)
    return {
        **evaluate_duplicates(records, weights, cut),
        "weights": weights.model_dump(mode="json"),
    }


def _fields(text: list[str] | None, labels: str | None) -> tuple[list[str], str]:
    if not text or not labels:
        raise TableError("say which fields hold text and label: --text FIELD --labels FIELD")
    return text, labels


def _both(
    fields: tuple[list[str], str], data: Path | None, train: Path | None, test: Path | None
) -> tuple[Labelled, Labelled]:
    if data is not None and train is None and test is None:
        rows = read_labelled(data, *fields)
        cut = round(len(rows) * FIRST_PART)
        return rows.part(0, cut), rows.part(cut, len(rows))
    if data is not None or train is None or test is None:
        raise TableError("say what to learn from: either --data F, or --train F1 and --test F2")
    return read_labelled(train, *fields), read_labelled(test, *fields)


def _evaluate_class(trained: Labelled, tested: Labelled, seed: int) -> dict[str, Any]:
    if not len(tested):
        raise TableError("there are no rows to test on")
    need_training()
    from services.triage.training.class_task import evaluate_class
    from services.triage.training.classifier import Options

    return evaluate_class(trained, tested, Options(seed))


def need_training() -> None:
    """MissingExtraError unless scikit-learn is here."""
    if find_spec("sklearn") is None:
        raise MissingExtraError


def _tell(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show_class(found)
