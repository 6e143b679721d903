"""The bundle of the pilot agency."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.triage.bundle_files import build

if TYPE_CHECKING:
    from services.triage.domain.bundle import Bundle

CHESTERFIELD = Path(__file__).parents[3] / "deploy" / "agency" / "chesterfield"


@pytest.fixture(scope="session")
def the_bundle() -> Bundle:
    return build(CHESTERFIELD)[1]
