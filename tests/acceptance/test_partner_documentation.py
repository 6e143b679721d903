"""The document for partners is run as it stands: every shell and Python block, in its order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from uuid import uuid4  # noqa: TID251 - a partner of this test's own

import pytest

from tests.acceptance.installation import BLOTTER, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.installation import Installed

PAGE = "docs/how-to/partner.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def test_a_developer_who_follows_the_document_gets_what_it_promises(
    a_running_installation: Installed, project: Path, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("the document was NOT run: there is no curl here")
    partner = f"p{uuid4().hex[:6]}"
    running = a_running_installation.running
    environment = os.environ | {
        "PARTNER": partner,
        "BLOTTER_URL": a_running_installation.url,
        "BLOTTER_DATA": str(a_running_installation.data),
        "KAFKA_BOOTSTRAP": running.kafka_bootstrap,
        "PATH": os.pathsep.join([str(BLOTTER.parent), os.environ["PATH"]]),
    }
    blocks = BLOCK.findall((project / PAGE).read_text())
    assert [kind for kind, _ in blocks].count("python") == 2
    helpers = ""
    for kind, text in blocks:
        if text.startswith("json()"):
            helpers = text.partition("\n")[0] + "\n"
        command = (
            [sys.executable, "-c", text]
            if kind == "python"
            else ["bash", "-euo", "pipefail", "-c", helpers + text]
        )
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    assert receipt["accepted"] == 1
    assert receipt["events"][0]["warnings"] == []
    _nothing_was_for_real(a_running_installation, partner)


def _nothing_was_for_real(here: Installed, partner: str) -> None:
    def rows() -> list[dict[str, str]]:
        with here.client() as client:
            items = client.get("/api/v1/views/case-status", params={"limit": 1000}).json()["items"]
        return [item for item in items if item["partner"] == partner]

    found = wait_for(lambda: len(r := rows()) == 8 and r, "the reports of the document")
    purposes = sorted(row["purpose"] for row in found)
    assert purposes == ["exercise"] * 6 + ["import"] * 2
    with here.client() as client:
        board = client.get("/console").text
    transfers = re.search(r'id="transfers".*?</section>', board, re.S)
    numbers = [row["report_number"] for row in found]
    assert not transfers or not any(number in transfers[0] for number in numbers)
