"""The district of a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapely import STRtree, total_bounds
from shapely.geometry import Point

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class District:
    """An area with its id and its public name. WGS 84 degrees, longitude first."""

    id: str
    label: str
    area: BaseGeometry


class Districts:
    """An agency's districts, indexed for look-ups."""

    def __init__(self, districts: Iterable[District]) -> None:
        self._districts = tuple(sorted(districts, key=lambda district: district.id))
        self._tree = STRtree([district.area for district in self._districts])

    @property
    def labels(self) -> dict[str, str]:
        """The name of each district by its id, in the order of the ids."""
        return {district.id: district.label for district in self._districts}

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all districts, in degrees."""
        west, south, east, north = total_bounds([each.area for each in self._districts])
        return float(west), float(south), float(east), float(north)

    def at(self, latitude: float | None, longitude: float | None) -> str | None:
        """The district's id; on a shared edge the smallest one; None outside all districts.

        Never raises: for coordinates that are missing, not finite or outside the world it gives
        None.
        """
        if latitude is None or longitude is None:
            return None
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return None
        found = self._tree.query(Point(longitude, latitude), predicate="intersects")
        return self._districts[min(found)].id if len(found) else None
