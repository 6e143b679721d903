"""Two descriptions of one street meet; two streets do not."""

from __future__ import annotations

import pytest

from services.intake.domain.streets import sought_keys, stored_keys


@pytest.mark.parametrize(
    ("stored", "sought", "near"),
    [
        ("12 Main Street", "30 main st.", True),
        ("12 Main Street", "190 Main St", True),
        ("12 Main Street", "412 Main St", False),
        ("12 Main Street, Chester", "Main St", True),
        ("Main Street", "4120 Main St", True),
        ("12 Main Street", "12 Oak Street", False),
        ("Main St & Oak Ave", "Oak Avenue and Main Street", True),
        ("Main St & Oak Ave", "Main St & Elm Ave", False),
        ("Calle Ñandú 12", "calle nandu 40", True),
        ("", "", False),
        ("???", "12", False),
    ],
)
def test_places_are_near_or_not(stored: str, sought: str, near: bool) -> None:
    assert bool(stored_keys(stored) & sought_keys(sought)) == near
