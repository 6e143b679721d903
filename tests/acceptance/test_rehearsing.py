"""A bundle is rehearsed, put in force under load with two workers and a kill -9, and taken out."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import psutil
import pytest

from events.codec import decode
from events.triage import BundleActivated, ReportTriaged
from services.runtime.database import connect
from services.triage.domain.activations import STREAM, Activations
from services.triage.gates_file import FILE
from tests.acceptance.chaos import a_report
from tests.acceptance.checks import broken_invariants, missing_reports
from tests.acceptance.installation import installed, wait_for
from tests.blotter_command import blotter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.installation import Installed

NUMBERED_SQL = """
select e.body, p.partition, p.number from intake.published p
join intake.events i on i.event_id = p.item_id
join triage.events e on e.stream_id = 'triage-' || substr(i.stream_id, 8) and e.version = 1
where i.type like 'intake.report-submitted.%'
"""


@pytest.fixture
def installation(
    project: Path, tmp_path: Path, an_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installed]:
    """`blotter up` for an agency whose gates ask for little history."""
    agency = tmp_path / "agency"
    shutil.copytree(project / "deploy" / "agency" / "chesterfield", agency)
    (agency / FILE).write_text("[[gates]]\nleast_days = 0\nleast_reports = 10\n")
    monkeypatch.setenv("BLOTTER_AGENCY", str(agency))
    with installed(environment=an_environment) as found:
        yield found


@contextmanager
def a_second_worker(installation: Installed) -> Iterator[subprocess.Popen[bytes]]:
    """Another triage process beside the one that is supervised."""
    environment = psutil.Process(installation.living_pid("triage")).environ()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.triage"],
        env=environment | {"BLOTTER_REPLICA": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()


def post(installation: Installed, count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    with installation.client() as client:
        answers = [client.post("/api/v1/reports", json=a_report(chance)) for _ in range(count)]
    return [answer.json()["report_number"] for answer in answers]


def other_bundle(installation: Installed, folder: Path, name: str, **weights: int) -> Path:
    """The agency's bundle with other weights of duplicates."""
    file = folder / name
    blotter("triage", "build", "--out", file).check_returncode()
    raw = orjson.loads(file.read_bytes())
    raw["duplicates"] |= weights
    file.write_bytes(orjson.dumps(raw, option=orjson.OPT_SORT_KEYS))
    return file


async def decisions(database_url: str) -> tuple[Activations, list[tuple[ReportTriaged, int, int]]]:
    """Every activation, and every decision with its report's partition and number."""
    async with await connect(database_url, "triage") as connection:
        cursor = await connection.execute(
            "select body from events where stream_id = %s order by version", [STREAM]
        )
        events = [decode(bytes(body)).data for (body,) in await cursor.fetchall()]
        past = tuple(each for each in events if isinstance(each, BundleActivated))
        cursor = await connection.execute(NUMBERED_SQL)
        rows = [(decode(bytes(b)).data, place, n) for b, place, n in await cursor.fetchall()]
    decided = [(d, place, number) for d, place, number in rows if isinstance(d, ReportTriaged)]
    return Activations(past), decided


@pytest.mark.timeout(600)
def test_a_bundle_is_rehearsed_promoted_under_load_and_rolled_back(
    installation: Installed, tmp_path: Path
) -> None:
    posted = post(installation, 40, 1)
    installation.settle()
    worse = other_bundle(installation, tmp_path, "worse.json", prior=-40_000)
    better = other_bundle(installation, tmp_path, "better.json", cited=12_001)

    def refused(*arguments: str) -> str:
        with pytest.raises(AssertionError, match="exit 1") as error:
            installation.command(*arguments)
        return str(error.value)

    promote = ("triage", "promote", "--reason", "better links", "--bundle")
    assert "no finished rehearsal" in refused(*promote, str(better))
    found: dict[str, Any] = json.loads(
        installation.command("triage", "shadow", "--bundle", str(better), "--json")
    )
    assert found["passed"]
    assert found["differences"] == []
    assert found["figures"]["reports"] == 40
    print("as recorded:", found["figures"]["as_recorded"], "links:", found["figures"]["links"])
    told = installation.command("triage", "shadow", "--bundle", str(worse), check=False)
    if found["figures"]["links"]:
        assert "FAILED" in told

    with a_second_worker(installation):
        posted += post(installation, 40, 2)
        installation.command(*promote, str(better))
        posted += post(installation, 40, 3)
        os.kill(installation.living_pid("triage"), signal.SIGKILL)
        assert "already" in installation.command(*promote, str(better))
        posted += post(installation, 40, 4)
        rollback = ("triage", "rollback", "--reason", "a test", "--bundle", found["bundle"])
        installation.command(*rollback)
        assert "already" in installation.command(*rollback)
        posted += post(installation, 40, 5)
        wait_for(lambda: _all_decided(installation, len(posted)), "every decision", 120, 0.5)
    installation.settle()
    database_url = installation.database_url
    activations, decided = asyncio.run(decisions(database_url))
    assert [each.how for each in activations.past] == ["first", "promoted", "rolled-back"]
    assert len(decided) == len(posted) == 200
    wrong = [d.report_number for d, place, n in decided if d.bundle != activations.at(place, n)]
    assert wrong == []
    assert len({d.bundle for d, _, _ in decided}) == 2
    assert asyncio.run(missing_reports(database_url, set(posted))) == set()
    assert asyncio.run(broken_invariants(database_url)) == {}


def _all_decided(installation: Installed, count: int) -> bool:
    return len(asyncio.run(decisions(installation.database_url))[1]) >= count
