"""The document for providers of text messages is run as it stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING
from uuid import uuid4  # noqa: TID251 - an inlet of this test's own

import pytest

from tests.acceptance.installation import BLOTTER
from tests.acceptance.test_partner_documentation import BLOCK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.installation import Installed

PAGE = "docs/how-to/text-messages.md"


def test_an_adapter_that_follows_the_document_gets_what_it_promises(
    a_running_installation: Installed, project: Path, tmp_path: Path
) -> None:
    if shutil.which("curl") is None or shutil.which("openssl") is None:
        pytest.skip("the document was NOT run: there is no curl or no openssl here")
    environment = os.environ | {
        "INLET": f"i{uuid4().hex[:6]}",
        "BLOTTER_URL": a_running_installation.url,
        "BLOTTER_DATA": str(a_running_installation.data),
        "PATH": os.pathsep.join([str(BLOTTER.parent), os.environ["PATH"]]),
    }
    blocks = BLOCK.findall((project / PAGE).read_text())
    script = "\n".join(text for kind, text in blocks if kind == "sh")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    filed = json.loads((tmp_path / "filed.json").read_text())
    assert filed["report_number"]
    assert filed["emergency"]["outcome"] == "none"
    danger = json.loads((tmp_path / "danger.json").read_text())
    assert danger["emergency"]["outcome"] == "divert"
    assert '"messages"' in done.stdout
