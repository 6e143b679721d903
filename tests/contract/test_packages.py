"""`events` and `services` are also names on PyPI: ours are the ones imported, nobody installs theirs."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from pathlib import Path

import events
import services


def test_our_packages_are_the_ones_imported() -> None:
    root = Path(__file__).parents[2]
    assert Path(events.__file__ or "").parent == root / "events"
    assert Path(services.__file__ or "").parent == root / "services"


def test_no_dependency_installs_packages_of_these_names() -> None:
    owners = packages_distributions()
    assert set(owners.get("events", [])) | set(owners.get("services", [])) <= {"blotter"}
