"""`blotter triage train`: the task `class` needs the extra `train` (scikit-learn)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from services.agency.default import default_agency
from services.cli.triage import triage_app
from services.cli.triage.triage_options import Agency, Task
from services.triage.bundle_files import CLASSIFIER, DUPLICATES
from services.triage.training.duplicate_lessons import learn_duplicates
from services.triage.training.extra import need_training
from services.triage.training.tables import TableError


@triage_app.command(name="train")
def train_parts(
    *,
    task: Task = "class",
    records: Path,
    sources: Path = Path("deploy/triage/sources.toml"),
    data: Path | None = None,
    links: Path | None = None,
    fields: Path | None = None,
    until: datetime | None = None,
    features: int = 5_000,
    seed: int = 20261123,
    agency: Agency = None,
) -> None:
    """Learn a part of the agency's bundle from real records below --records.

    class: the files that --sources names. duplicates: --data with --links, read by --fields, links
    before --until. The result is written into the agency's directory.
    """
    directory = agency or default_agency()
    found: dict[str, Any]
    if task == "class":
        need_training()
        from services.triage.training.lessons import learn_types

        found, file = learn_types(directory, sources, records, features, seed), CLASSIFIER
    else:
        if data is None or links is None or fields is None:
            raise TableError("say what to learn from: --data, --links and --fields")
        found = learn_duplicates(records / data, records / links, fields, until)
        file = DUPLICATES
    content = orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    (directory / file).write_bytes(content)
    print(f"{directory / file}: {len(content):,} bytes")
