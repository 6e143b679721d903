"""A data directory of an earlier commit goes on working: the same ledger, views and keys."""

from __future__ import annotations

import asyncio
import json
import lzma
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.local import postgres
from services.local.installation import Installation
from services.local.postgres import PostgresServer
from tests.acceptance.installation import Installed, installed
from tests.integration.intake.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

STORED = Path(__file__).parents[1] / "upgrade"
BEFORE = "c72cb94"
HEAD_BEFORE = 22
"""The ledger's last position in the dump."""


async def _restore(installation: Installation, dump: bytes) -> None:
    server = PostgresServer(installation.postgres)
    await server.start()
    try:
        psql = postgres._programs() / "psql"
        options = ["--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        loading = await asyncio.create_subprocess_exec(
            psql, *options, server.database_url, stdin=subprocess.PIPE
        )
        await loading.communicate(dump)
        assert loading.returncode == 0
    finally:
        await server.stop()


@pytest.fixture(scope="module")
def an_upgraded_installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """`blotter up` of today on a directory as an earlier commit left it; Kafka begins anew."""
    if request.config.getoption("--servers") != "embedded":
        pytest.skip("the directory holds an embedded Postgres: run with --servers=embedded")
    data = tmp_path_factory.mktemp("upgraded")
    installation = Installation(data)
    installation.make()
    epochs = installation.keys / "epochs"
    epochs.mkdir(parents=True)
    shutil.copy(STORED / f"{BEFORE}-epoch-000001.key", epochs / "000001.key")
    dump = lzma.decompress((STORED / f"{BEFORE}.sql.xz").read_bytes())
    asyncio.run(_restore(installation, dump))
    with installed(environment={"BLOTTER_MASTER_KEY": b64encode(KEY).decode()}, data=data) as found:
        yield found


def test_ledger_and_views_are_those_of_before(an_upgraded_installation: Installed) -> None:
    status = an_upgraded_installation.settle()
    assert status["ledger"]["head"] >= HEAD_BEFORE
    assert status["ledger"]["holes"] == status["parked"] == 0
    with an_upgraded_installation.client() as client:
        rows = client.get("/api/v1/views/case-status").json()["items"]
        statuses = {row["type"]: row["status"] for row in rows}
    assert statuses["theft"] == "under-investigation"
    assert len(rows) == 3
    verified = json.loads(an_upgraded_installation.command("audit", "verify", "--json"))
    assert verified["verdict"] == "sound"
    assert "0 different" in an_upgraded_installation.command("audit", "diff", "--all")


def test_work_goes_on_where_it_stood(an_upgraded_installation: Installed) -> None:
    before = an_upgraded_installation.settle()["ledger"]["head"]
    with an_upgraded_installation.client() as client:
        body = {"type": "noise", "description": "Loud music", "location": {"text": "1 Main St"}}
        filed = client.post("/api/v1/reports", json=body)
        assert filed.status_code == 201
        an_upgraded_installation.settle()
        number = filed.json()["report_number"]
        (row,) = client.get("/api/v1/views/case-status", params={"report_number": number}).json()[
            "items"
        ]
        accepted = client.post(
            f"/api/v1/cases/{number}/review",
            json={"outcome": "accepted"},
            headers={"If-Match": f'"{row["version"]}"'},
        )
        assert accepted.status_code == 200
    assert an_upgraded_installation.settle()["ledger"]["head"] >= before + 5


def test_what_was_personal_is_still_read_by_those_who_may(
    an_upgraded_installation: Installed,
) -> None:
    with an_upgraded_installation.client() as client:
        rows = client.get("/api/v1/views/case-status").json()["items"]
        (number,) = [row["report_number"] for row in rows if row["type"] == "theft"]
        revealed = client.post(
            f"/api/v1/reports/{number}/reveal",
            json={"fields": ["contact"], "reason": "investigation", "explanation": ""},
        )
    assert "804-555-0100" in revealed.text, revealed.text
