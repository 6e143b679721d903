"""`blotter triage evaluate`: only the task `class` needs the extra `train` (scikit-learn)."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter

from services.cli.options import Json
from services.cli.triage import triage_app
from services.cli.triage.evaluation_tables import print_class
from services.cli.triage.triage_options import Task
from services.triage.training.evaluation import (
    evaluate_labelled,
    evaluate_linked,
    split_labelled,
)
from services.triage.training.tables import Labelled, TableError, read_labelled

Text = Annotated[list[str] | None, Parameter(name="--text", help="Field with text; repeatable.")]
Labels = Annotated[str | None, Parameter(name="--labels", help="Field with the label.")]


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
        if data is None or links is None:
            raise TableError("say what to judge by: --data F --links F")
        _print_json(evaluate_linked(data, links, fields, split))
        return 0
    trained, tested = _both(_fields(text, labels), data, train, test)
    found = evaluate_labelled(trained, tested, least, seed)
    if json:
        _print_json(found)
    else:
        print_class(found)
    return 0


def _fields(text: list[str] | None, labels: str | None) -> tuple[list[str], str]:
    if not text or not labels:
        raise TableError("say which fields hold text and label: --text FIELD --labels FIELD")
    return text, labels


def _both(
    fields: tuple[list[str], str], data: Path | None, train: Path | None, test: Path | None
) -> tuple[Labelled, Labelled]:
    if data is not None and train is None and test is None:
        return split_labelled(data, *fields)
    if data is not None or train is None or test is None:
        raise TableError("say what to learn from: either --data F, or --train F1 and --test F2")
    return read_labelled(train, *fields), read_labelled(test, *fields)


def _print_json(found: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
