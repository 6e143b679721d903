"""Pairs of schemas as our models give them, one made of the other by a few changes; and data."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
Strategy = st.SearchStrategy[Any]
NAMES = ("a", "b", "c")
WORDS = ("yes", "no", "unsure", "")
texts = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(2, 4),
    },
)
words = st.lists(st.sampled_from(WORDS), min_size=1, unique=True).map(
    lambda some: {"type": "string", "enum": some}
)
numbers = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={"minimum": st.integers(-3, 0), "maximum": st.integers(0, 3)},
)
scalars: Strategy = texts | words | numbers | st.sampled_from([{"type": "boolean"}])


def _object(inner: Strategy) -> Strategy:
    properties = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    return properties.flatmap(
        lambda found: st.sets(st.sampled_from(sorted(found)) if found else st.nothing()).map(
            lambda required: {"type": "object", "properties": found, "required": sorted(required)}
        )
    )


def _or_empty(inner: Strategy) -> Strategy:
    return inner.map(lambda one: {"anyOf": [one, {"type": "null"}]})


nodes: Strategy = st.recursive(
    scalars,
    lambda inner: (
        _or_empty(inner)
        | inner.map(lambda each: {"type": "array", "items": each})
        | inner.map(lambda each: {"type": "object", "additionalProperties": each})
        | st.tuples(inner, inner).map(lambda two: {"anyOf": list(two)})
        | _object(inner)
    ),
    max_leaves=6,
)
objects: Strategy = _object(nodes | st.just({"$ref": "#/$defs/Part"})).flatmap(
    lambda whole: nodes.map(lambda part: whole | {"$defs": {"Part": part}})
)


@st.composite
def _changed(draw: st.DrawFn, schema: Schema) -> Schema:
    """The schema with one to three of its parts replaced, added or left out."""
    new = deepcopy(schema)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(NAMES))
        match draw(st.sampled_from(["replace", "drop", "require", "release", "define", "widen"])):
            case "replace":
                new["properties"][name] = draw(nodes)
            case "drop":
                new["properties"].pop(name, None)
            case "require" if name in new["properties"]:
                new["required"] = sorted({*new["required"], name})
            case "release":
                new["required"] = [each for each in new["required"] if each != name]
            case "define":
                new["$defs"]["Part"] = draw(nodes)
            case "widen" if name in new["properties"]:
                new["properties"][name] = {"anyOf": [new["properties"][name], draw(scalars)]}
    new["required"] = [each for each in new["required"] if each in new["properties"]]
    return new


pairs: Strategy = objects.flatmap(lambda old: st.tuples(st.just(old), _changed(old)))


def instances(schema: Schema, document: Schema) -> Strategy:
    """Data as a writer of this schema makes it: its own members and no others."""
    match schema:
        case {"$ref": reference}:
            return instances(document["$defs"][reference.rpartition("/")[2]], document)
        case {"anyOf": branches}:
            return st.one_of(*(instances(branch, document) for branch in branches))
        case {"enum": values}:
            return st.sampled_from(values)
        case {"type": "string"}:
            longest = schema.get("maxLength", 6)
            return st.text("xyz", min_size=schema.get("minLength", 0), max_size=longest)
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", -9), schema.get("maximum", 9))
        case {"type": "number"}:
            return st.floats(schema.get("minimum", -9), schema.get("maximum", 9))
        case {"type": "array", "items": items}:
            return st.lists(instances(items, document), max_size=2)
        case {"additionalProperties": each}:
            return st.dictionaries(st.sampled_from(NAMES), instances(each, document), max_size=2)
        case {"properties": properties}:
            made = {name: instances(each, document) for name, each in properties.items()}
            required = schema.get("required", [])
            return st.fixed_dictionaries(
                {name: made[name] for name in required},
                optional={name: made[name] for name in made.keys() - set(required)},
            )
        case {"type": "boolean"}:
            return st.booleans()
        case _:
            return st.none()
