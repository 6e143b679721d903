from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.agency.loader import load_profile

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

AGENCIES = Path(__file__).parents[3] / "deploy" / "agency"


@pytest.fixture(scope="session")
def pilot() -> AgencyProfile:
    """The profile of the pilot county."""
    return load_profile(AGENCIES / "chesterfield")


@pytest.fixture(scope="session")
def lakeside() -> AgencyProfile:
    """An unlike agency."""
    return load_profile(AGENCIES / "lakeside")


@pytest.fixture
def a_copy_of_lakeside(tmp_path: Path) -> Path:
    """A directory to spoil."""
    return shutil.copytree(AGENCIES / "lakeside", tmp_path / "lakeside")
