"""Lines of values in JSON texts, beside the parser of the standard library."""

from __future__ import annotations

import json
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connector.places import places
from tests.unit.events.strategies import json_values, many

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = """{
  "a": 1,

  "b": {"c": [2,
    {"d": "x\\n\\"y"}], "a": null},
  "": []
}"""


def paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    yield ".".join(path)
    pairs = value.items() if isinstance(value, dict) else ()
    for name, child in enumerate(value) if isinstance(value, list) else pairs:
        yield from paths(child, (*path, str(name)))


def test_a_value_stands_on_its_line() -> None:
    assert places(TEXT) == {
        "a": 2,
        "b.c.0": 4,
        "b.c.1.d": 5,
        "b.c.1": 5,
        "b.c": 4,
        "b.a": 5,
        "b": 4,
        "": 6,
    }


@many
@given(json_values, st.sampled_from([None, 0, 2]))
def test_every_value_has_a_place(value: Any, indent: int | None) -> None:
    found = places(json.dumps(value, indent=indent))
    assert set(found) == set(paths(value))


@many
@given(json_values.map(json.dumps), st.integers(0, 99), st.sampled_from(' {}[],:"x1\n'))
def test_what_the_parser_refuses_is_refused_here_too(text: str, at: int, put: str) -> None:
    damaged = text[:at] + put + text[at + 1 :]
    try:
        json.loads(damaged)
    except JSONDecodeError:
        with pytest.raises(JSONDecodeError):
            places(damaged)
    else:
        places(damaged)


def test_a_text_that_is_nested_for_ever_is_refused() -> None:
    with pytest.raises(JSONDecodeError, match="deeply"):
        places("[" * 100_000)
