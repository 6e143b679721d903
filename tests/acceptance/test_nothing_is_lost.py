"""kill -9 anywhere loses and doubles nothing; wiping or truncating Kafka loses nothing (I8)."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from services.local.kafka import KafkaServer
from tests.acceptance.chaos import a_report, one_round
from tests.acceptance.checks import broken_invariants, missing_reports
from tests.acceptance.installation import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.installation import Installed

SEED = int(os.environ.get("BLOTTER_TEST_SEED", "20261123"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_killing_every_process_loses_and_doubles_nothing(
    an_embedded_installation: Installed, seed: int
) -> None:
    print(f"seed {seed}")
    posted = one_round(an_embedded_installation, seed)
    an_embedded_installation.settle()
    database_url = an_embedded_installation.database_url
    assert posted.acknowledged
    assert posted.doubled == []
    assert asyncio.run(missing_reports(database_url, set(posted.acknowledged))) == set()
    assert asyncio.run(broken_invariants(database_url)) == {}


def _post(installed: Installed, count: int, seed: int) -> list[str]:
    import random

    chance = random.Random(seed)
    with installed.client() as client:
        answers = [client.post("/api/v1/reports", json=a_report(chance)) for _ in range(count)]
    return [answer.json()["report_number"] for answer in answers]


def _wait_until_in_ledger(installed: Installed, numbers: list[str]) -> None:
    with installed.client() as client:

        def there() -> bool:
            found = client.get(
                "/api/v1/views/case-status", params={"report_number": numbers[-1]}
            ).json()["items"]
            return bool(found)

        wait_for(there, "the ledger to hold the reports")


def test_a_wiped_kafka_loses_nothing_and_triages_what_triage_had_not_seen(
    an_embedded_installation: Installed,
) -> None:
    installed = an_embedded_installation
    before = _post(installed, 20, 1)
    installed.settle()
    with installed.stopped("triage"):
        unseen = _post(installed, 30, 2)
        _wait_until_in_ledger(installed, unseen)
        with installed.kafka_down() as directory:
            _wipe(directory, installed.running.kafka_bootstrap)
    after = _post(installed, 10, 3)
    installed.settle()
    numbers = {*before, *unseen, *after}
    assert asyncio.run(missing_reports(installed.database_url, numbers)) == set()
    assert asyncio.run(broken_invariants(installed.database_url)) == {}


def _wipe(directory: Path, bootstrap: str) -> None:
    """A new, empty broker on the same port."""
    shutil.rmtree(directory)
    asyncio.run(KafkaServer(directory, int(bootstrap.rpartition(":")[2])).prepare())


def test_a_truncated_log_loses_nothing(an_embedded_installation: Installed) -> None:
    installed = an_embedded_installation
    before = _post(installed, 20, 4)
    installed.settle()
    with installed.stopped("triage"):
        unseen = _post(installed, 40, 5)
        _wait_until_in_ledger(installed, unseen)
        with installed.kafka_down() as directory:
            assert _truncate(directory, "blotter.reports") > 0
    after = _post(installed, 10, 6)
    installed.settle()
    numbers = {*before, *unseen, *after}
    assert asyncio.run(missing_reports(installed.database_url, numbers)) == set()
    assert asyncio.run(broken_invariants(installed.database_url)) == {}


def _truncate(directory: Path, topic: str) -> int:
    """Cut the tail off every partition's log, as a lost disk cache would; gives the bytes cut."""
    cut = 0
    for log in directory.glob(f"**/{topic}-*/*.log"):
        size = log.stat().st_size
        os.truncate(log, size * 2 // 3)
        cut += size - size * 2 // 3
        for index in (*log.parent.glob("*.index"), *log.parent.glob("*.timeindex")):
            index.unlink()
    return cut
