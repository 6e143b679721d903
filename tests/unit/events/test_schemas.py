"""The published schemas: committed, equal to the code, and true of what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped]
    Draft202012Validator,
    ValidationError,
)

from events.codec import encode
from events.published.schema_files import write
from events.registry import EVENTS
from events.schema import DIALECT, as_bytes
from events.upcasts import STEPS
from services.cli.language import schemas
from services.intake.contract.partner_answers import ANSWERED
from services.intake.domain.inbound import INCIDENT_REPORTED, TYPES
from tests.unit.events.strategies import envelopes, few

PROJECT = Path(__file__).parents[3]
COMMITTED = PROJECT / "deploy" / "schemas"
PUBLISHED = schemas()
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in PUBLISHED.items()}
GOLDEN = sorted((PROJECT / "tests" / "golden").glob("*.json"))


def check(name: str, data: object) -> None:
    VALIDATORS[name].validate(data)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_committed_schema_is_what_the_code_gives(name: str) -> None:
    """Failing? Write them anew with `blotter events schema`, and read the difference."""
    assert (COMMITTED / f"{name}.json").read_text() == as_bytes(PUBLISHED[name]).decode()


def test_no_schema_is_committed_of_something_that_never_was() -> None:
    names = {file.stem for file in COMMITTED.glob("*.json")}
    assert names - STEPS.keys() == PUBLISHED.keys()


def test_writing_gives_a_file_for_every_name(tmp_path: Path) -> None:
    written = write(tmp_path / "new", schemas())
    assert {file.stem for file in written} == {*EVENTS, *TYPES, ANSWERED}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_schema_is_valid_and_tolerant(name: str) -> None:
    schema = PUBLISHED[name]
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(schema)
    assert b'"additionalProperties":false' not in orjson.dumps(schema)


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_golden_data_is_valid(file: Path) -> None:
    data = orjson.loads(file.read_bytes())["data"]
    if file.stem in EVENTS:
        check(file.stem, data)
        check(file.stem, data | {"added_in_a_later_release": 1})


@pytest.mark.parametrize("name", sorted(EVENTS))
@few
@given(data=st.data())
def test_whatever_we_store_is_valid(name: str, data: st.DataObject) -> None:
    check(name, orjson.loads(encode(data.draw(envelopes(name))))["data"])


def test_an_open_personal_value_is_not_valid() -> None:
    with pytest.raises(ValidationError, match="sealed"):
        check("casework.note-added.v1", {"note": {"subject": "report-1", "value": "open"}})


@pytest.mark.parametrize(
    "data",
    [
        {"type": "noise"},
        {"description": "loud", "occurred": {"from": "2026-03-01T02:15:30"}, "unknown": 1},
        {"type": "noise", "location": {"text": "x", "latitude": 37.5, "longitude": -77}},
        {"type": "noise", "safety": {"weapon": "no"}, "people": [{"role": "witness"}]},
    ],
)
def test_what_a_partner_may_send_is_valid(data: dict[str, Any]) -> None:
    check(INCIDENT_REPORTED, data)


@pytest.mark.parametrize(
    "data",
    [{}, {"location": {}}, {"type": 1}, {"type": "noise", "location": {"latitude": 91}}],
)
def test_what_says_nothing_or_nonsense_is_not_valid(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(INCIDENT_REPORTED, data)
