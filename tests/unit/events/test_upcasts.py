"""Upcasts: complete for the language as it is, and for one that has grown for some years."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from events.completeness import unsound, way
from events.registry import EVENTS
from events.upcasts import STEPS, Data, Step, upcast
from tests.unit.events.grown import GROWN, GROWN_STEPS, NEWEST, STORED

PROJECT = Path(__file__).parents[3]
GOLDEN = {file.stem: file for file in (PROJECT / "tests" / "golden").glob("*.json")}
SCHEMAS = PROJECT / "deploy" / "schemas"


def accepted_today(name: str, data: Data) -> None:
    """The newest by its model, an older one by the schema that was published of it."""
    if name in EVENTS:
        EVENTS[name].model_validate(data)
    else:
        schema = orjson.loads((SCHEMAS / f"{name}.json").read_bytes())
        Draft202012Validator(schema).validate(data)


def boxes(data: Data) -> dict[str, Any]:
    return {name: v for name, v in data.items() if isinstance(v, dict) and "sealed" in v}


def faulty_steps(name: str, data: Data, steps: dict[str, Step], accepts: Any) -> list[str]:
    """What the steps from stored `data` do wrong, up to the first that fails."""
    for here in way(name, steps):
        try:
            accepts(here, data)
            if here not in steps:
                return []
            given = deepcopy(data)
            data = steps[here].change(given)
            again = steps[here].change(deepcopy(given))
        except Exception as error:
            return [f"{here}: {type(error).__name__} {error}"]
        faults = {
            "changed what it was given": given != deepcopy(given) or boxes(given) != boxes(data),
            "not the same twice": again != data,
        }
        if any(faults.values()):
            return [f"{here}: {fault}" for fault, found in faults.items() if found]
    return []


def test_every_name_ever_stored_leads_to_one_that_is_read_today() -> None:
    """Stored means: there is a golden file, which git does not let go (`test_published.py`)."""
    assert not unsound(GOLDEN.keys(), STEPS, EVENTS.keys())


def test_every_name_ever_stored_has_a_published_schema() -> None:
    assert GOLDEN.keys() <= {file.stem for file in SCHEMAS.glob("*.json")}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_step_is_total_on_what_was_stored(name: str) -> None:
    data = orjson.loads(GOLDEN[name].read_bytes())["data"]
    assert not faulty_steps(name, data, STEPS, accepted_today)
