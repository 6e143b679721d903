"""`blotter triage build` and `decide`: bundles without servers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from services.agency.default import default_agency
from services.cli.triage import triage_app
from services.cli.triage.triage_options import Agency
from services.local.offline import decided, read_bodies
from services.runtime.clock import now as the_time
from services.triage.bundle_files import build, usable
from services.triage.domain.bundle import BundleError
from services.triage.training.tables import TableError


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
