"""`blotter triage shadow`: a rehearsal of a bundle on what was triaged already."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import orjson

from services.cli.installation import find_settings
from services.cli.options import Data, Json
from services.cli.triage import triage_app
from services.cli.triage.rehearsal_progress import RehearsalProgress
from services.cli.triage.rehearsal_tables import as_json, print_rehearsal
from services.cli.triage.triage_options import Bundle
from services.triage import runs
from services.triage.operator_session import open_session
from services.triage.recorded_rehearsal import rehearse_recorded


@triage_app.command
def shadow(
    *,
    bundle: Bundle,
    since: datetime | None = None,
    against: str | None = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Decide again what was triaged since then, by another bundle than the one in force.

    In order, among the candidates of that time; nothing follows from it. Exit 1 when a gate fails.

    Parameters
    ----------
    since
        The first day or moment, UTC; without it everything.
    against
        Compare with this bundle instead of the one in force; then nothing can be promoted by it.
    """
    start = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
    return asyncio.run(_shadow(data, bundle, against, start, json=json))


async def _shadow(
    data: Path | None, bundle: str, against: str | None, since: datetime | None, *, json: bool
) -> int:
    async with open_session(find_settings(data)) as session:
        run = await rehearse_recorded(session, bundle, against, since, RehearsalProgress())
        gates = session.rehearsing.gates(run)
        differences = await runs.differences(session.connection, run.run_id)
    if json:
        print(orjson.dumps(as_json(run, gates, differences)).decode())
    else:
        print_rehearsal(run, gates, differences)
    return 0 if all(gate.passed for gate in gates) else 1
