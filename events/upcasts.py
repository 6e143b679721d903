"""Old versions of events become the newest, one pure step per version change.

`STEPS` is empty until a first event changes. That every name which was ever stored leads to one
that is read today is checked by `completeness.py`, at build time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """From one stored name to the next.

    `change` takes and gives data as JSON, total on all that was ever stored under the name, and
    leaves what it is given as it is. Personal fields keep their names: a box is bound to its own.
    """

    to: str
    change: Callable[[Data], Data]


STEPS: dict[str, Step] = {}


def upcast(name: str, data: Data, steps: Mapping[str, Step] = STEPS) -> tuple[str, Data]:
    """Follow the steps from `name` until none is left."""
    while step := steps.get(name):
        name, data = step.to, step.change(data)
    return name, data
