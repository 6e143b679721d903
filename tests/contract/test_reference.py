"""`docs/reference/` says what the code says; `python -m tests.reference` writes it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reference.bodies import smallest
from tests.reference.command_line import command_line
from tests.reference.over_http import over_http

if TYPE_CHECKING:
    from pathlib import Path

RENEW = "out of date: run .venv/bin/python -m tests.reference"


def test_the_page_of_the_command_line_is_up_to_date(project: Path) -> None:
    assert (project / "docs" / "reference" / "cli.md").read_text() == command_line(), RENEW


async def test_the_page_of_http_is_up_to_date(
    project: Path, a_database: str, tmp_path: Path
) -> None:
    made = await over_http(a_database, tmp_path / "keys")
    assert (project / "docs" / "reference" / "http.md").read_text() == made, RENEW


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"$ref": "#/defs/one"}, "first"),
        ({"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}}, {"n": 3}),
        ({"type": "array", "items": {"const": 7}, "minItems": 2}, [7, 7]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "1"),
        ({"type": "string", "pattern": "^[0-9a-f]{64}$", "maxLength": 64}, "0" * 64),
    ],
)
def test_a_body_is_made_that_its_schema_accepts(schema: dict[str, object], value: object) -> None:
    assert smallest(schema, {"defs": {"one": {"enum": ["first", "second"]}}}) == value
