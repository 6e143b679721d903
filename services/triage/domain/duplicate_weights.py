"""The weights of agreement and disagreement of two reports (Fellegi-Sunter), in milli-bits."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MilliBits = Annotated[int, Field(ge=-40_000, le=40_000)]
Steps = tuple[tuple[int, MilliBits], ...]
"""(largest value of the step, weight), the values ascending."""


class DuplicateWeights(BaseModel):
    """The weights of triage.md until `blotter triage train --task duplicates` estimates others.

    Distances in metres, times in minutes, text similarity in thousandths.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prior: MilliBits = -5_600
    same_address: MilliBits = 5_500
    distance: Steps = (
        (25, 5_500),
        (75, 3_600),
        (150, 1_800),
        (300, -200),
        (600, -2_500),
        (1500, -5_200),
    )
    farther: MilliBits = -6_000
    house_differs: MilliBits = -3_000
    """Both places begin with a house number, and the numbers differ."""
    time: Steps = (
        (10, 4_300),
        (60, 2_300),
        (360, 300),
        (1_440, -1_100),
        (4_320, -3_100),
    )
    later: MilliBits = -6_000
    same_type: MilliBits = 2_900
    same_group: MilliBits = -200
    other_type: MilliBits = -3_300
    text: Steps = ((119, -3_300), (249, 0), (399, 2_900), (599, 5_600), (1000, 9_200))
    fewest_words: int = 4
    """Shorter texts are mostly forms' own words, so their similarity means nothing."""
    plate_exact: MilliBits = 9_000
    plate_confusable: MilliBits = 8_200
    plate_differs: MilliBits = -2_000
    same_contact: MilliBits = 8_500
    cited: MilliBits = 12_000
    most_for_what: MilliBits = 11_000
    """Type, text and vehicle together count at most this much."""
    auto: Annotated[int, Field(ge=500, le=1000)] = 950
    suggest: Annotated[int, Field(ge=0, le=1000)] = 500
    unknown_horizon_hours: Annotated[int, Field(ge=0)] = 1_440
    """For types outside the catalogue."""

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        for steps in (self.distance, self.time, self.text):
            limits = [limit for limit, _ in steps]
            if limits != sorted(set(limits)):
                raise ValueError("the limits of a table must rise")
        return self


def weight_at(steps: Steps, value: int, beyond: int) -> int:
    """The weight of the first step whose largest value is at least `value`; else `beyond`."""
    for limit, weight in steps:
        if value <= limit:
            return weight
    return beyond
