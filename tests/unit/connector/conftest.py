from __future__ import annotations

from pathlib import Path

import pytest

from services.connector.mapping import PartnerMapping


@pytest.fixture(scope="session")
def partners() -> Path:
    """The mappings that come with the project."""
    return Path(__file__).parents[3] / "deploy" / "partners"


@pytest.fixture
def a_mapping() -> PartnerMapping:
    """A mapping that reads a little of everything."""
    return PartnerMapping.model_validate(
        {
            "partner": "example",
            "id": "number",
            "type": "kind",
            "types": {"LOUD": "noise"},
            "description": ["remark", "result"],
            "occurred_from": ["day", "hour"],
            "time_format": "%d.%m.%Y %H:%M",
            "zone": "America/New_York",
            "location_text": "street",
            "latitude": "lat",
            "longitude": "lon",
        }
    )


@pytest.fixture
def a_row() -> dict[str, str]:
    """A row in which every cell is filled."""
    return {
        "number": "A-1",
        "kind": "LOUD",
        "remark": "music",
        "result": "advised",
        "day": "04.07.2025",
        "hour": "22:30",
        "street": "1 Main St",
        "lat": "37.5",
        "lon": "-77.25",
    }
