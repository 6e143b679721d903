"""`blotter triage train`, `build` and `decide`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter

from services.agency.default import default_agency
from services.cli.triage import triage_app
from services.cli.triage.verbs import Task, need_training
from services.local.offline import decided, read_bodies
from services.runtime.clock import now as the_time
from services.triage.bundle_files import CLASSIFIER, DUPLICATES, build, usable
from services.triage.domain.bundle import BundleError
from services.triage.training.linked_records import read_fields, read_linked
from services.triage.training.tables import TableError

Agency = Annotated[Path | None, Parameter(name="--agency", help="Directory of the profile.")]


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
    if task == "class":
        need_training()
        from services.triage.training.lessons import learn_types

        found, file = learn_types(directory, sources, records, features, seed), CLASSIFIER
    else:
        found, file = _duplicate_weights(records, data, links, fields, until), DUPLICATES
    content = orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    (directory / file).write_bytes(content)
    print(f"{directory / file}: {len(content):,} bytes")


def _duplicate_weights(
    records: Path,
    data: Path | None,
    links: Path | None,
    fields: Path | None,
    until: datetime | None,
) -> dict[str, Any]:
    if data is None or links is None or fields is None:
        raise TableError("say what to learn from: --data, --links and --fields")
    from services.triage.training.duplicate_training import estimate

    linked = read_linked(records / data, records / links, read_fields(fields))
    last = max(each.received_at for each in linked.records)
    weights = estimate(linked, until.replace(tzinfo=UTC) if until else last)
    return weights.model_dump(mode="json")


@triage_app.command(name="build")
def build_bundle(*, out: Path, agency: Agency = None) -> int:
    """Put the bundle together and name it by its hash; exit 1 when it fails its gates."""
    try:
        content, bundle = build(agency or default_agency())
    except BundleError as error:
        print(f"blotter: {error}", file=sys.stderr)
        return 1
    out.write_bytes(content)
    print(bundle.digest)
    return 0


@triage_app.command(name="decide")
def decide_offline(
    *,
    bundle: Path,
    in_: Annotated[Path, Parameter(name="--in")],
    out: Annotated[Path, Parameter(name="--out")],
    now: datetime | None = None,
) -> int:
    """Decide every line of --in, bodies of reports with an `id`, into --out. No servers."""
    try:
        known = usable(bundle.read_bytes())
    except OSError as error:
        raise TableError(f"{bundle}: {error.strerror}") from None
    moment = now.astimezone(UTC) if now else the_time()
    with out.open("wb") as written:
        for line in decided(known, read_bodies(in_), moment):
            written.write(line)
    return 0
