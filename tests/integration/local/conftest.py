"""Servers in directories of their own. Not `tmp_path`: pytest closes its parents to other users,
and as root Postgres runs as one.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="blotter-local-"))
    yield made
    shutil.rmtree(made)
