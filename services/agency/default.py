"""The agency profile that is used when none is given."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def default_agency() -> Path:
    """The agency profile: `BLOTTER_AGENCY`, else the one named in `deploy/agency/DEFAULT`."""
    given = os.environ.get("BLOTTER_AGENCY")
    if given:
        return Path(given)
    agencies = PROJECT / "deploy" / "agency"
    return agencies / (agencies / "DEFAULT").read_text().strip()
