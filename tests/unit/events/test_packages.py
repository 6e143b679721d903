"""`events` and `services` are also names on PyPI: what is imported must be ours."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import events
import services

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("package", [events, services], ids=lambda package: package.__name__)
def test_the_imported_package_is_ours(package: object) -> None:
    file = getattr(package, "__file__", None)
    assert file is not None
    assert Path(file).resolve().parent.parent == PROJECT


@pytest.mark.parametrize("name", ["events", "services"])
def test_no_dependency_installs_a_package_of_that_name(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"blotter"}
