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
from tests.unit.events.grown import BOX, GROWN_STEPS, MEMBERS, NEWEST, STORED

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
            before = deepcopy(data)
            changed = steps[here].change(data)
        except Exception as error:
            return [f"{here}: {type(error).__name__}"]
        if data != before:
            return [f"{here}: changed what it was given"]
        if steps[here].change(data) != changed:
            return [f"{here}: not the same twice"]
        if boxes(changed) != boxes(data):
            return [f"{here}: a sealed value was changed, renamed or dropped"]
        data = changed
    raise AssertionError(name)


def test_every_name_ever_stored_leads_to_one_that_is_read_today() -> None:
    """Stored means: there is a golden file, which git does not let go (`test_published.py`)."""
    assert not unsound(GOLDEN.keys(), STEPS, EVENTS.keys())


def test_every_name_ever_stored_has_a_published_schema() -> None:
    assert GOLDEN.keys() <= {file.stem for file in SCHEMAS.glob("*.json")}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_step_is_total_on_what_was_stored(name: str) -> None:
    data = orjson.loads(GOLDEN[name].read_bytes())["data"]
    assert not faulty_steps(name, data, STEPS, accepted_today)


def accepted_once(name: str, data: Data) -> None:
    if name in NEWEST:
        NEWEST[name].model_validate(data)
    elif data.keys() - {"note"} != MEMBERS[name]:
        raise ValueError(name)


def test_a_grown_language_is_sound() -> None:
    assert not unsound(STORED.keys(), GROWN_STEPS, NEWEST.keys())


@pytest.mark.parametrize("name", STORED)
def test_every_version_of_a_grown_language_becomes_the_newest(name: str) -> None:
    assert not faulty_steps(name, STORED[name], GROWN_STEPS, accepted_once)
    newest, data = upcast(name, STORED[name], GROWN_STEPS)
    assert newest in NEWEST
    NEWEST[newest].model_validate(data)


def test_the_oldest_keeps_its_meaning_and_its_box() -> None:
    name, data = upcast(
        "casework.caller-contacted.v1", STORED["casework.caller-contacted.v1"], GROWN_STEPS
    )
    assert (name, data) == (
        "casework.reporter-contacted.v2",
        {"channel": "unknown", "outcome": "reached", "attempts": 1, "note": BOX},
    )


def same(data: Data) -> Data:
    return data


V1, V2 = "casework.caller-contacted.v1", "casework.caller-contacted.v2"
R1, R2 = "casework.reporter-contacted.v1", "casework.reporter-contacted.v2"
PLANTED = {
    "a step is missing": (STORED, {V1: GROWN_STEPS[V1], R1: GROWN_STEPS[R1]}, NEWEST, "a gap"),
    "the last step is missing": (
        STORED,
        {V1: GROWN_STEPS[V1], V2: GROWN_STEPS[V2]},
        NEWEST,
        "a gap",
    ),
    "the newest left the registry": (STORED, GROWN_STEPS, [], "a gap"),
    "the steps go round": (STORED, GROWN_STEPS | {R1: Step(V1, same)}, NEWEST, "in a circle"),
    "a step to itself": (STORED, GROWN_STEPS | {R1: Step(R1, same)}, NEWEST, "in a circle"),
    "a step from nowhere": (
        STORED,
        GROWN_STEPS | {"casework.never.v1": Step(R2, same)},
        NEWEST,
        "an orphan",
    ),
    "an old version still registered": (
        STORED,
        GROWN_STEPS,
        [*NEWEST, R1],
        "still in the registry",
    ),
    "two versions registered": (
        STORED,
        {V1: GROWN_STEPS[V1], V2: GROWN_STEPS[V2]},
        [R1, R2],
        "together with",
    ),
    "a version is leapt over": (
        [V1, "casework.caller-contacted.v3"],
        {V1: Step("casework.caller-contacted.v3", same)},
        ["casework.caller-contacted.v3"],
        "not to the version that follows",
    ),
    "another owner": (
        [V1, "intake.caller-contacted.v1"],
        {V1: Step("intake.caller-contacted.v1", same)},
        ["intake.caller-contacted.v1"],
        "of another owner",
    ),
    "no example": ([V1, V2, R1], GROWN_STEPS, NEWEST, "never stored"),
    "a name nobody owns": ([*STORED, "police.caller.v1"], GROWN_STEPS, NEWEST, "not <owner>"),
    "a name without version": ([*STORED, "casework.caller"], GROWN_STEPS, NEWEST, "not <owner>"),
}


@pytest.mark.parametrize(("ever", "steps", "newest", "expected"), PLANTED.values(), ids=PLANTED)
def test_a_planted_gap_is_found(ever: Any, steps: Any, newest: Any, expected: str) -> None:
    assert any(expected in fault for fault in unsound(list(ever), steps, list(newest)))


def in_place(data: Data) -> Data:
    data["attempts"] = 1
    return data


def unboxed(data: Data) -> Data:
    kept = {name: value for name, value in data.items() if name != "note"}
    return GROWN_STEPS[V1].change(kept | {"remark": data["note"]})


TIMES = iter(range(100))
FAULTY = {
    "not total": (V1, lambda data: data | {"by": data["channel"]}, f"{V1}: KeyError"),
    "of another shape": (V1, same, f"{V2}: ValueError"),
    "in place": (R1, in_place, "changed what it was given"),
    "not pure": (R1, lambda data: data | {"attempts": next(TIMES)}, "not the same twice"),
    "a box renamed": (V1, unboxed, "a sealed value"),
}


@pytest.mark.parametrize(("name", "change", "expected"), FAULTY.values(), ids=FAULTY)
def test_a_planted_faulty_step_is_found(name: str, change: Any, expected: str) -> None:
    steps = GROWN_STEPS | {name: Step(GROWN_STEPS[name].to, change)}
    (fault,) = faulty_steps(name, deepcopy(STORED[name]), steps, accepted_once)
    assert expected in fault
