"""How-to pages for administrators are run as they stand; partners have tests of their own."""

from __future__ import annotations

import os
import shutil
import signal
from base64 import b64encode
from typing import TYPE_CHECKING

import httpx
import pytest

from services.runtime.identity import Role
from tests.acceptance.documents import UNTIL_STOPPED, blocks, run, script, started
from tests.acceptance.installation import BLOTTER, free_port, wait_for
from tests.blotter_command import blotter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.installation import Installed
    from tests.servers import Servers

AGENCY_PROFILE = "docs/how-to/agency-profile.md"
COSIGNING = "docs/how-to/cosigning.md"
DEPLOY = "docs/how-to/deploy.md"


@pytest.fixture
def environment() -> dict[str, str]:
    """The commands `blotter` and `python3` are this environment's."""
    return os.environ | {"PATH": os.pathsep.join([str(BLOTTER.parent), os.environ["PATH"]])}


def _kept_running(page: Path) -> str:
    (found,) = [block for block in blocks(page, "sh") if block.how == UNTIL_STOPPED]
    return found.text


def test_a_copied_profile_is_usable(
    project: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    shutil.copytree(project / "deploy" / "agency", tmp_path / "deploy" / "agency")
    (tmp_path / ".venv").symlink_to(BLOTTER.parents[1])
    printed = run(script(blocks(project / AGENCY_PROFILE, "sh")), tmp_path, environment)
    assert "is a usable profile" in printed


def test_another_office_that_follows_the_page_cosigns_our_log(
    a_running_installation: Installed, project: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (make_key, show) = [b for b in blocks(project / COSIGNING, "sh") if b.how == ""]
    verifier = run(make_key.text, tmp_path, environment)
    (tmp_path / "logs").write_text(a_running_installation.command("audit", "keys"))
    port = str(free_port())
    command = _kept_running(project / COSIGNING).replace("8090", port)
    cosigners = a_running_installation.data / "cosigners"
    with started(command, "cosigning blotter/", tmp_path, environment):
        cosigners.write_text(f"{verifier.strip()} http://127.0.0.1:{port}\n")
        try:
            seen = wait_for(lambda: run(show.text, tmp_path, environment), "a log", 90, 1)
        finally:
            cosigners.unlink()
    assert "events cosigned" in seen


def test_the_processes_of_a_deployment_carry_a_report_to_its_view(
    servers: Servers,
    a_database: str,
    a_topic_prefix: str,
    project: Path,
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    settings = environment | {
        "BLOTTER_DATABASE_URL": a_database,
        "BLOTTER_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
        "BLOTTER_MASTER_KEY": b64encode(b"k" * 32).decode(),
        "BLOTTER_AGENCY": str(project / "deploy" / "agency" / "lakeside"),
        "BLOTTER_KEYS": str(tmp_path / "keys"),
        "BLOTTER_TOPIC_PREFIX": a_topic_prefix,
        "BLOTTER_PORT": str(port),
        "PYTHONPATH": str(project),
    }
    run(script(blocks(project / DEPLOY, "sh")), tmp_path, settings)
    token = blotter("token", "--role", Role.SUPERVISOR.value, environment=settings).stdout.strip()
    headers = {"authorization": f"Bearer {token}"}
    # Bash tells what it starts with & to ignore SIGINT.
    with (
        started(_kept_running(project / DEPLOY), "", tmp_path, settings, stop=signal.SIGTERM),
        httpx.Client(base_url=url, headers=headers, timeout=30, verify=False) as client,
    ):
        filed = wait_for(lambda: _filed(client), "the web process", 60)

        def triaged() -> bool:
            asked = {"report_number": filed["report_number"]}
            items = client.get("/api/v1/views/case-status", params=asked).json()["items"]
            return bool(items) and items[0]["status"] == "open"

        assert wait_for(triaged, "the report in its view", 90)


def _filed(client: httpx.Client) -> dict[str, str] | None:
    try:
        answer = client.post("/api/v1/reports", json={"description": "A rake is gone"})
    except httpx.ConnectError:
        return None
    assert answer.status_code == 201
    return dict(answer.json())
