"""The document for partners, read by the official AsyncAPI parser.

The parser is installed by npm from the committed lock (integrity hashes, no addresses), outside the
tree. Without Node it is skipped; where `CI_REQUIRES_NODE` is set, that is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "asyncapi"
PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "deploy" / "events" / "asyncapi.json"
OLDEST_NODE = 18
ERROR, WARNING = 0, 1


def _cannot(reason: str) -> None:
    if os.environ.get("CI_REQUIRES_NODE"):
        pytest.fail(reason)
    pytest.skip(reason)


def _node() -> str:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        _cannot("the AsyncAPI document was NOT checked: there is no node and npm here")
        raise AssertionError
    shown = subprocess.run([node, "--version"], capture_output=True, check=True, text=True).stdout
    if int(shown.strip().lstrip("v").partition(".")[0]) < OLDEST_NODE:
        _cannot(f"the AsyncAPI document was NOT checked: node {shown.strip()} is too old")
    return node


@pytest.fixture(scope="session")
def a_parser() -> Path:
    """A directory outside the tree with the locked parser installed; kept for the next run."""
    _node()
    files = ("package.json", "package-lock.json", ".npmrc", "check.mjs")
    digest = sha256(b"".join((HERE / name).read_bytes() for name in files)).hexdigest()[:16]
    cache = Path(os.environ.get("BLOTTER_CACHE") or Path.home() / ".cache" / "blotter")
    directory = cache / f"asyncapi-{digest}"
    if not (directory / "installed").exists():
        directory.mkdir(parents=True, exist_ok=True)
        for name in files:
            shutil.copy(HERE / name, directory / name)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=directory,
            check=True,
            capture_output=True,
            timeout=240,
        )
        (directory / "installed").touch()
    return directory


def read(parser: Path, document: Path) -> dict[str, Any]:
    """What the official parser says of a document."""
    done = subprocess.run(
        [_node(), "check.mjs", str(document)],
        cwd=parser,
        capture_output=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_official_parser_finds_no_fault(a_parser: Path) -> None:
    found = read(a_parser, DOCUMENT)
    assert not [each for each in found["diagnostics"] if each["severity"] in (ERROR, WARNING)]
    assert found["version"] == "3.0.0"
    assert set(found["channels"]) == {"blotter.inbound.{partner}", "blotter.replies.{partner}"}
    kinds = ("incident", "callShed", "referralAnswered")
    inbound = {kind + mode for kind in kinds for mode in ("Structured", "Binary")}
    assert set(found["messages"]) == inbound | {"eventAnswered"}


def _without_address(document: dict[str, Any]) -> None:
    document["channels"]["inbound"]["address"] = 7


def _dangling(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["IncidentReported"]


def _unknown_member(document: dict[str, Any]) -> None:
    document["operations"]["receiveIncident"]["acton"] = "receive"


@pytest.mark.parametrize("plant", [_without_address, _dangling, _unknown_member])
def test_a_planted_fault_is_found(a_parser: Path, tmp_path: Path, plant: Any) -> None:
    document = json.loads(DOCUMENT.read_text())
    plant(document)
    broken = tmp_path / "asyncapi.json"
    broken.write_text(json.dumps(document))
    assert [d for d in read(a_parser, broken)["diagnostics"] if d["severity"] in (ERROR, WARNING)]


def test_the_lock_names_no_registry_and_pins_every_package() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = [package for place, package in lock["packages"].items() if place]
    assert len(packages) > 100
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert not any("resolved" in package for package in packages)
