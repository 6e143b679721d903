"""Each kind of difference between two schemas, and that no verdict is too kind."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from events.published.compatibility import BOTH, HISTORY, NEITHER, READERS, Promise, differences
from events.published.schema_files import write
from events.published.schema_gate import BreakingChangeError, breaking, closed
from events.schema import as_bytes
from services.cli.language import schemas
from services.intake.domain.inbound import INCIDENT_REPORTED
from tests.unit.events.schema_pairs import instances, objects, pairs
from tests.unit.events.strategies import many

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
EMPTY: Schema = {"type": "null"}
ANSWER: Schema = {"type": "string", "enum": ["yes", "no"]}
PERHAPS: Schema = {"type": "string", "enum": ["yes", "no", "unsure"]}


def of(member: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": {"m": member}, "required": ["m"]} | more


def optional(member: Schema, default: Any = None) -> Schema:
    return of(member | {"default": default}, required=[])


def either(*branches: Schema) -> Schema:
    return {"anyOf": list(branches)}


def referring(member: Schema) -> Schema:
    return of({"$ref": "#/$defs/Part"}) | {"$defs": {"Part": of(member)}}


TABLE = {
    "a new optional member": (
        of(TEXT),
        of(TEXT, properties={"m": TEXT, "n": TEXT}),
        "/properties/n",
        NEITHER,
    ),
    "a new required member": (
        of(TEXT),
        of(TEXT, properties={"m": TEXT, "n": TEXT}, required=["m", "n"]),
        "/required",
        HISTORY,
    ),
    "a removed member": (
        of(TEXT),
        of(TEXT, properties={}, required=["m"]),
        "/properties/m",
        HISTORY,
    ),
    "a member no longer required": (of(TEXT), of(TEXT, required=[]), "/required", READERS),
    "a member now required": (of(TEXT, required=[]), of(TEXT), "/required", HISTORY),
    "another type": (of(TEXT), of(NUMBER), "/properties/m/type", BOTH),
    "a wider type": (of(NUMBER), of({"type": "number"}), "/properties/m/type", READERS),
    "a narrower type": (of({"type": "number"}), of(NUMBER), "/properties/m/type", HISTORY),
    "any type": (of(TEXT), of({}), "/properties/m/type", READERS),
    "now also empty": (of(TEXT), of(either(TEXT, EMPTY)), "/properties/m/anyOf/1/type", READERS),
    "no longer empty": (of(either(TEXT, EMPTY)), of(TEXT), "/properties/m/type", HISTORY),
    "alternatives in another order": (
        of(either(TEXT, EMPTY)),
        of(either(EMPTY, TEXT)),
        None,
        NEITHER,
    ),
    "types written as a list": (
        of(either(TEXT, EMPTY)),
        of({"type": ["null", "string"]}),
        None,
        NEITHER,
    ),
    "a value more": (of(ANSWER), of(PERHAPS), "/properties/m/enum", READERS),
    "a value less": (of(PERHAPS), of(ANSWER), "/properties/m/enum", HISTORY),
    "values listed": (of(TEXT), of(ANSWER), "/properties/m/enum", HISTORY),
    "values no longer listed": (of(ANSWER), of(TEXT), "/properties/m/enum", READERS),
    "a constant, still the same": (of({"enum": ["a"]}), of({"const": "a"}), None, NEITHER),
    "a lower limit": (
        of(TEXT | {"maxLength": 9}),
        of(TEXT | {"maxLength": 5}),
        "/properties/m/maxLength",
        HISTORY,
    ),
    "a higher limit": (
        of(TEXT | {"maxLength": 5}),
        of(TEXT | {"maxLength": 9}),
        "/properties/m/maxLength",
        READERS,
    ),
    "a higher least value": (
        of(NUMBER | {"minimum": 0}),
        of(NUMBER | {"minimum": 1}),
        "/properties/m/minimum",
        HISTORY,
    ),
    "a limit where none was": (
        of(TEXT),
        of(TEXT | {"maxLength": 5}),
        "/properties/m/maxLength",
        HISTORY,
    ),
    "a format": (of(TEXT), of(TEXT | {"format": "uuid"}), "/properties/m/format", HISTORY),
    "no format": (of(TEXT | {"format": "uuid"}), of(TEXT), "/properties/m/format", READERS),
    "another format": (
        of(TEXT | {"format": "uuid"}),
        of(TEXT | {"format": "date"}),
        "/properties/m/format",
        BOTH,
    ),
    "another default": (optional(TEXT, "a"), optional(TEXT, "b"), "/properties/m/default", BOTH),
    "a keyword nobody foresaw": (
        of(TEXT),
        of(TEXT | {"not": {"const": "x"}}),
        "/properties/m/not",
        BOTH,
    ),
    "members of a list": (
        of({"type": "array", "items": ANSWER}),
        of({"type": "array", "items": PERHAPS}),
        "/properties/m/items/enum",
        READERS,
    ),
    "members of a dictionary": (
        of({"type": "object", "additionalProperties": PERHAPS}),
        of({"type": "object", "additionalProperties": ANSWER}),
        "/properties/m/additionalProperties/enum",
        HISTORY,
    ),
    "a closed object": (
        of(TEXT),
        of(TEXT, additionalProperties=False),
        "/additionalProperties/enum",
        HISTORY,
    ),
    "inside a definition": (
        referring(ANSWER),
        referring(PERHAPS),
        "/$defs/Part/properties/m/enum",
        READERS,
    ),
    "a definition instead of the same in place": (referring(TEXT), of(of(TEXT)), None, NEITHER),
    "a name with a slash": (
        {"properties": {"a/b": ANSWER}},
        {"properties": {"a/b": PERHAPS}},
        "/properties/a~1b/enum",
        READERS,
    ),
    "one of two demands": (
        either({"required": ["a"]}, {"required": ["b"]}),
        {"required": ["a"]},
        "/required",
        HISTORY,
    ),
    "only words": (of(TEXT | {"description": "a"}), of(TEXT | {"description": "b"}), None, NEITHER),
}


@pytest.mark.parametrize(("old", "new", "pointer", "broken"), TABLE.values(), ids=TABLE)
def test_a_difference_is_named_with_its_place_and_what_it_breaks(
    old: Schema, new: Schema, pointer: str | None, broken: frozenset[Promise]
) -> None:
    found = differences(old, new)
    assert frozenset().union(*(each.breaks for each in found)) == broken
    if pointer is None:
        assert not [each for each in found if each.breaks]
    else:
        assert (pointer, broken) in {(each.pointer, each.breaks) for each in found}


def test_schemas_that_refer_to_themselves_come_to_an_end() -> None:
    def tree(leaf: Schema) -> Schema:
        node = of(leaf, properties={"m": leaf, "below": either({"$ref": "#/$defs/Node"}, EMPTY)})
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert differences(tree(TEXT), tree(TEXT)) == []
    (found,) = differences(tree(ANSWER), tree(PERHAPS))
    assert (found.pointer, found.breaks) == ("/$defs/Node/properties/m/enum", READERS)


@many
@given(objects)
def test_a_schema_takes_its_own_place(schema: Schema) -> None:
    assert not differences(schema, schema)


@many
@given(pairs, st.data())
def test_what_breaks_no_promise_keeps_it(pair: tuple[Schema, Schema], data: st.DataObject) -> None:
    """Against a validator that is not ours: data written by one schema is valid by the other."""
    old, new = pair
    broken = frozenset().union(*(each.breaks for each in differences(old, new)))
    if Promise.HISTORY not in broken:
        Draft202012Validator(new).validate(data.draw(instances(old, old)))
    if Promise.READERS not in broken:
        Draft202012Validator(old).validate(data.draw(instances(new, new)))


def test_a_message_names_file_pointer_and_why() -> None:
    (line,) = breaking("casework.case-reviewed.v1", of(ANSWER), of(PERHAPS))
    assert line == (
        'casework.case-reviewed.v1.json#/properties/m/enum: value "unsure" was added:'
        " readers of the schema published before may refuse or misread what comes now"
    )


def test_what_only_we_read_may_be_widened_but_not_narrowed() -> None:
    assert not breaking(INCIDENT_REPORTED, of(ANSWER), of(PERHAPS))
    assert breaking(INCIDENT_REPORTED, of(PERHAPS), of(ANSWER))


def test_a_closed_schema_is_not_for_publication() -> None:
    (line,) = closed("a.b.v1", of(of(TEXT, additionalProperties=False)))
    assert line.startswith("a.b.v1.json#/properties/m: closed")


def test_nothing_is_written_over_what_it_would_break(tmp_path: Any) -> None:
    """The planted change: one member of a published schema was required once."""
    write(tmp_path, schemas())
    name = "casework.case-assigned.v1"
    published = schemas()[name]
    published["properties"]["shift"] = TEXT
    (tmp_path / f"{name}.json").write_bytes(as_bytes(published))
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(BreakingChangeError, match=r"v1\.json#/properties/shift: .* was removed"):
        write(tmp_path, schemas())
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_member_that_is_dropped_from_a_published_schema_is_missed(name: str) -> None:
    published = schemas()[name]
    for member in published.get("properties", {}):
        without = orjson.loads(as_bytes(published))
        del without["properties"][member]
        assert any(f"#/properties/{member}:" in line for line in breaking(name, published, without))
