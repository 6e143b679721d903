"""A name and a place are found however they are written."""

from __future__ import annotations

import pytest

from events.intake import Contact
from services.projections.search.identifiers import identifier, identifiers_of_contact


@pytest.mark.parametrize("sought", ["Maria García", "garcia, maria", "MARIA J. GARCIA"])
def test_a_name_is_found_in_any_order_without_accents_and_initials(sought: str) -> None:
    stored = set(identifiers_of_contact(Contact(name="María García López")))
    assert identifier("name", sought) in stored


def test_another_name_is_not_found() -> None:
    stored = set(identifiers_of_contact(Contact(name="María García López")))
    assert identifier("name", "Mario García") not in stored


def test_a_place_is_found_with_its_street_abbreviated() -> None:
    assert identifier("place", "100 North Main Street, Chester") == identifier(
        "place", "100 n. main st"
    )
    assert identifier("place", "102 North Main Street") != identifier("place", "100 N Main St")
    assert identifier("place", "100") is None
