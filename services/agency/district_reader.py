"""Reading districts from GeoJSON (RFC 7946): every problem at once, each with its key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError
from shapely import GEOSException
from shapely.geometry import shape
from shapely.validation import explain_validity

from services.agency.districts import District, Districts

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class _Properties(BaseModel):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    label: Annotated[str, Field(min_length=1)]


class _Geometry(BaseModel):
    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class _Feature(BaseModel):
    type: Literal["Feature"]
    properties: _Properties
    geometry: _Geometry


class _Collection(BaseModel):
    """Unknown members are ignored, since GeoJSON allows foreign members."""

    type: Literal["FeatureCollection"]
    features: list[_Feature]


def read_districts(content: bytes) -> tuple[Districts, list[str]]:
    """The districts and the problems, each as `key: problem`. Never raises."""
    try:
        collection = _Collection.model_validate(json.loads(content))
    except ValidationError as error:
        return Districts(()), [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        ]
    except (ValueError, RecursionError) as error:
        return Districts(()), [f"(whole file): not JSON: {error}"]
    problems: list[str] = []
    districts: dict[str, District] = {}
    for index, feature in enumerate(collection.features):
        key, properties = f"features.{index}", feature.properties
        if properties.id in districts:
            problems.append(f'{key}.properties.id: "{properties.id}" is there twice')
        area = _area(feature.geometry)
        if isinstance(area, str):
            problems.append(f"{key}.geometry: {area}")
        else:
            districts[properties.id] = District(properties.id, properties.label, area)
    return Districts(districts.values()), problems


def _area(geometry: _Geometry) -> BaseGeometry | str:
    """The area, or the problem with it."""
    try:
        area = shape(geometry.model_dump())
    except (GEOSException, ValueError, TypeError, IndexError, AttributeError) as error:
        return f"not a {geometry.type}: {error}"
    if area.is_empty:
        return "empty"
    west, south, east, north = area.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return "outside the world: longitude comes first, in degrees"
    return area if area.is_valid else explain_validity(area)
