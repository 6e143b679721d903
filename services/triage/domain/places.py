"""Distances and blocking cells, in integers throughout."""

from __future__ import annotations

from math import cos, isqrt, radians
from typing import Final

CELL_DEGREES: Final = 0.003
"""Side of a blocking cell: 333 m north-south, never under 250 m east-west below 41° of latitude."""
PER_DEGREE: Final = 10_000_000
NANOMETRES: Final = 11_119_508
"""The length of one ten-millionth of a degree along a meridian of the mean sphere."""
IN_A_METRE: Final = 1_000_000_000
STEPS_A_DEGREE: Final = 4
QUARTERS: Final = 90 * STEPS_A_DEGREE
COSINES: Final = tuple(
    round(cos(radians(step / STEPS_A_DEGREE)) * 1_000_000) for step in range(QUARTERS + 1)
)


def fixed(degrees: float) -> int:
    """Degrees as an integer number of ten-millionths."""
    return round(degrees * PER_DEGREE)


def metres_apart(north: int, east: int, other_north: int, other_east: int) -> int:
    """The distance of two near places given in ten-millionths of degrees, on a plane.

    Within 2 per thousand up to some kilometres, and the same on every machine.
    """
    middle = abs(north + other_north) // 2
    cosine = COSINES[min(round(middle * STEPS_A_DEGREE / PER_DEGREE), len(COSINES) - 1)]
    across = (east - other_east + 180 * PER_DEGREE) % (360 * PER_DEGREE) - 180 * PER_DEGREE
    north_part = (north - other_north) * NANOMETRES
    east_part = across * NANOMETRES * cosine // 1_000_000
    length = isqrt(north_part * north_part + east_part * east_part)
    return (length + IN_A_METRE // 2) // IN_A_METRE


def cells_around(latitude: float, longitude: float) -> list[int]:
    """The cell of a place and its eight neighbours, as stored in `candidates.cell`."""
    row, column = int(latitude // CELL_DEGREES), int(longitude // CELL_DEGREES)
    return [cell(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def cell(row: int, column: int) -> int:
    """A cell as one number."""
    return row * 1_000_000 + column
