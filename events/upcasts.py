"""Old versions of events become the newest, one pure step per version change.

A step takes and gives (stored name, data as JSON). `STEPS` is empty until a first event changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Data = dict[str, Any]
STEPS: dict[str, Callable[[Data], tuple[str, Data]]] = {}


def upcast(name: str, data: Data) -> tuple[str, Data]:
    """Follow the steps from `name` until none is left."""
    while step := STEPS.get(name):
        name, data = step(data)
    return name, data
