"""Derive `districts.geojson`: approximate magisterial districts, for a demonstration only.

    python derive_districts.py ADDRESSES.csv.gz GEOCODED.csv.gz > districts.geojson

The first file names the magisterial district of every address, the second has the coordinates of
some. Those cover only the east of the county, so `landmarks.csv` adds well-known places by hand,
those of the neighbours marked `outside`. Every place takes the district of the nearest known point:
Voronoi cells, dissolved, cut to the surroundings, simplified as one coverage.

A magisterial district is electoral. It is never a beat and never a unit of workload.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import defaultdict
from math import cos, radians
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import shapely
from shapely import MultiPoint, Point, STRtree
from shapely.affinity import scale
from shapely.geometry import mapping

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LABELS = {
    "BERMUDA": "Bermuda",
    "CLOVERHILL": "Clover Hill",
    "DALE": "Dale",
    "MATOACA": "Matoaca",
    "MIDLOTHIAN": "Midlothian",
}
OUTSIDE = "outside"
NORTH_SOUTH, EAST_WEST = (36.9, 37.7), (-78.1, -77.0)
"""A coordinate beyond these is a mistake of the geocoder."""
SQUEEZE = cos(radians(37.4))
"""A degree of longitude is this much shorter here than one of latitude."""
BUFFER_DEGREES = 0.03
TOLERANCE_DEGREES = 0.002
GRID_DEGREES = 1e-5
SOURCE = (
    "Approximate: nearest-point cells around addresses of known district (county address list by "
    "way of github.com/hdadvisors/chesterfield-market-analysis) and hand-placed landmarks, "
    "whose districts were checked against a 2013 precinct map (vapublicaccessproject). "
    "Electoral districts, not police beats. Not for any official use."
)


class Known(NamedTuple):
    """A point whose district is known."""

    latitude: float
    longitude: float
    district: str


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, compressed or not."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(text.splitlines()))


def geocoded(addresses: Path, coordinates: Path) -> list[Known]:
    """The geocoded addresses that the address list has too."""
    district_of = {normal(row["address"]): row["MagDistName"] for row in rows(addresses)}
    found = [
        Known(float(row["latitude"]), float(row["longitude"]), district_of[normal(row["address"])])
        for row in rows(coordinates)
        if normal(row["address"]) in district_of
    ]
    return [one for one in found if plausible(one)]


def landmarks() -> list[Known]:
    """The points placed by hand."""
    return [
        Known(float(row["latitude"]), float(row["longitude"]), row["district"])
        for row in rows(Path(__file__).with_name("landmarks.csv"))
    ]


def normal(address: str) -> str:
    """An address as both files can be compared by."""
    return " ".join(address.upper().split())


def plausible(known: Known) -> bool:
    """Whether the point is anywhere near the county."""
    south, north = NORTH_SOUTH
    west, east = EAST_WEST
    return south <= known.latitude <= north and west <= known.longitude <= east


def derive(known: list[Known]) -> dict[str, BaseGeometry]:
    """An area per district: the dissolved cells of its points."""
    points = [Point(one.longitude * SQUEEZE, one.latitude) for one in known]
    hull = MultiPoint(points).convex_hull.buffer(BUFFER_DEGREES)
    cells = list(shapely.voronoi_polygons(MultiPoint(points), extend_to=hull).geoms)
    tree = STRtree(cells)
    cells_of: dict[str, list[BaseGeometry]] = defaultdict(list)
    for cell, district in {
        int(tree.nearest(point)): one.district for point, one in zip(points, known, strict=True)
    }.items():
        cells_of[district].append(cells[cell])
    names = sorted(LABELS)
    areas = [largest(shapely.unary_union(cells_of[name]).intersection(hull)) for name in names]
    simple = shapely.coverage_simplify(areas, TOLERANCE_DEGREES)
    wide = [scale(area, 1 / SQUEEZE, 1, origin=(0, 0)) for area in simple]
    return {
        name: shapely.set_precision(area, GRID_DEGREES)
        for name, area in zip(names, wide, strict=True)
    }


def largest(area: BaseGeometry) -> BaseGeometry:
    """The main part without holes: a stray point elsewhere is a slip."""
    part = max(getattr(area, "geoms", [area]), key=lambda one: one.area)
    return shapely.Polygon(part.exterior)


def agreement(areas: dict[str, BaseGeometry], known: list[Known]) -> dict[str, tuple[int, int]]:
    """For each district, how many of its points lie in its area, and how many there are."""
    counts = dict.fromkeys(areas, (0, 0))
    for one in known:
        right, total = counts[one.district]
        hit = areas[one.district].intersects(Point(one.longitude, one.latitude))
        counts[one.district] = right + hit, total + 1
    return counts


def feature(name: str, area: BaseGeometry) -> dict[str, object]:
    """A GeoJSON feature with its warnings."""
    label = LABELS[name]
    properties = {
        "id": label.lower().replace(" ", "-"),
        "label": label,
        "kind": "magisterial district",
        "approximate": True,
        "source": SOURCE,
    }
    return {"type": "Feature", "properties": properties, "geometry": rounded(mapping(area))}


def rounded(geometry: object) -> object:
    """The same with five decimals, about a metre."""
    return json.loads(json.dumps(geometry), parse_float=lambda text: round(float(text), 5))


def main(addresses: Path, coordinates: Path) -> None:
    """Print the collection; say on standard error how well it agrees with the addresses."""
    joined = geocoded(addresses, coordinates)
    areas = derive([*joined, *landmarks()])
    held_out = derive([*joined[::2], *landmarks()])
    print(f"all points: {agreement(areas, joined)}", file=sys.stderr)
    print(
        f"derived from half, the other half: {agreement(held_out, joined[1::2])}", file=sys.stderr
    )
    features = [json.dumps(feature(name, area)) for name, area in areas.items()]
    print('{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
