"""Which district a place lies in, edges and nonsense included."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from services.agency.districts import District, Districts

if TYPE_CHECKING:
    from services.agency.profile import AgencyProfile

WEST, EAST = box(-8.1, 53.0, -8.0, 53.1), box(-8.0, 53.0, -7.9, 53.1)
TWO = Districts([District("b", "East", EAST), District("a", "West", WEST)])
ANY_NUMBER = st.none() | st.floats() | st.integers()


def test_inside_outside_and_on_the_outer_edge() -> None:
    assert TWO.at(53.05, -7.95) == "b"
    assert TWO.at(53.05, -8.05) == "a"
    assert TWO.at(53.1, -7.9) == "b"
    assert TWO.at(53.1000001, -7.95) is None


def test_a_shared_edge_belongs_to_the_smallest_id() -> None:
    assert TWO.at(53.05, -8.0) == "a"
    assert TWO.at(53.0, -8.0) == "a"


@pytest.mark.parametrize("nonsense", [nan, inf, -inf, 91.0, -181.0, 10**400, None])
def test_coordinates_outside_the_world_lie_nowhere(nonsense: float | None) -> None:
    assert TWO.at(nonsense, -8.0) is None
    assert TWO.at(53.05, nonsense if nonsense != 91.0 else 181.0) is None


@given(latitude=ANY_NUMBER, longitude=ANY_NUMBER)
def test_no_coordinates_whatever_raise(latitude: float | None, longitude: float | None) -> None:
    assert TWO.at(latitude, longitude) in {None, "a", "b"}


def test_no_districts_at_all_is_nowhere() -> None:
    assert Districts(()).at(53.05, -8.0) is None


def test_the_pilots_five_districts_hold_their_best_known_places(pilot: AgencyProfile) -> None:
    assert list(pilot.districts.labels.values()) == [
        "Bermuda",
        "Clover Hill",
        "Dale",
        "Matoaca",
        "Midlothian",
    ]
    at = pilot.districts.at
    assert at(37.357, -77.441) == "bermuda"  # Chester
    assert at(37.478, -77.575) == "clover-hill"  # Monacan
    assert at(37.377, -77.506) == "dale"  # the court house
    assert at(37.240, -77.430) == "matoaca"  # Ettrick
    assert at(37.506, -77.649) == "midlothian"  # the village
    assert at(37.5407, -77.4360) is None  # Richmond
