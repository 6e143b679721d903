"""May this schema take the place of that one, under the same stored name?

Two promises hold within one version. HISTORY: new code reads whatever was stored before. READERS:
who reads by the schema published before can read what is stored from now on; for them it is open,
so that a new optional member harms nobody. Each difference is named with the promises it breaks.

No library did this for us: those that compare JSON Schemas answer yes or no, without a pointer, or
do not run on every Python of ours. The judgement leans to "breaking" where it cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import orjson

Schema = dict[str, Any]
ANNOTATIONS = frozenset(
    {
        "$schema",
        "$id",
        "$defs",
        "$comment",
        "$ref",
        "title",
        "description",
        "examples",
        "deprecated",
        "default",
        "anyOf",
        "type",
        "enum",
        "const",
    }
)
"""Passed over by the table of keywords: of no meaning for validation, or judged on their own."""
LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
EXACT = frozenset(
    {"format", "pattern", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType"}
)
INSIDE = frozenset({"properties", "required", "items", "additionalProperties"})


class Promise(Enum):
    """What must hold within one version of an event."""

    HISTORY = "what was stored before can no longer be read"
    READERS = "readers of the schema published before may refuse or misread what comes now"


HISTORY, READERS = frozenset({Promise.HISTORY}), frozenset({Promise.READERS})
BOTH, NEITHER = HISTORY | READERS, frozenset[Promise]()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where (JSON pointer, RFC 6901), what, and which promises it breaks."""

    pointer: str
    what: str
    breaks: frozenset[Promise]


@dataclass(frozen=True, slots=True)
class Place:
    """A schema at its place in a document."""

    schema: Schema
    pointer: str
    document: Schema

    def at(self, *steps: str, schema: Any) -> Place:
        """A schema below this one; `True` allows everything, `False` nothing."""
        below = {} if schema is True else {"enum": []} if schema is False else schema
        escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
        return Place(below, "/".join([self.pointer, *escaped]), self.document)

    def resolved(self) -> Place:
        """What a reference points to, with what stands beside the reference."""
        reference = self.schema.get("$ref")
        if reference is None:
            return self
        target: Any = self.document
        for step in str(reference).removeprefix("#/").split("/"):
            target = target[step]
        beside = {key: value for key, value in self.schema.items() if key != "$ref"}
        found = Place({**target, **beside}, str(reference).removeprefix("#"), self.document)
        return found.resolved()

    def branches(self) -> list[Place]:
        """The alternatives: one for each of `anyOf` and of several types."""
        place = self.resolved()
        if "anyOf" in place.schema:
            own = {key: value for key, value in place.schema.items() if key != "anyOf"}
            return [
                Place(
                    _both(own, branch.schema),
                    place.pointer if "properties" in own else branch.pointer,
                    branch.document,
                )
                for number, each in enumerate(place.schema["anyOf"])
                for branch in place.at("anyOf", str(number), schema=each).branches()
            ]
        types = place.schema.get("type")
        if isinstance(types, list):
            return [replace(place, schema={**place.schema, "type": each}) for each in types]
        return [place]


def differences(old: Schema, new: Schema) -> list[Difference]:
    """Every difference that breaks a promise, and members that are new and break none."""
    found = _Comparison().of(Place(old, "", old), Place(new, "", new))
    return list(dict.fromkeys(found))


def _both(own: Schema, branch: Schema) -> Schema:
    """A schema that demands what both do, as far as our schemas have it."""
    properties = {**own.get("properties", {}), **branch.get("properties", {})}
    required = [*own.get("required", []), *branch.get("required", [])]
    merged = {**own, **branch}
    merged |= {"properties": properties} if properties else {}
    return merged | ({"required": list(dict.fromkeys(required))} if required else {})


class _Comparison:
    """One comparison; remembers which pairs it has seen, for schemas may refer to themselves."""

    def __init__(self, seen: set[tuple[str, bytes, str, bytes]] | None = None) -> None:
        self._seen = set() if seen is None else seen

    def of(self, old: Place, new: Place) -> list[Difference]:
        found = []
        if old.schema.get("default") != new.schema.get("default"):
            what = "another default: an event that leaves the member out now means something else"
            found.append(Difference(f"{new.pointer}/default", what, BOTH))
        before, after = old.branches(), new.branches()
        if len(before) == len(after) == 1:
            return found + self._alternative(before[0], after[0])
        for branch in before:
            found += self._nearest([(branch, each) for each in after], Promise.HISTORY)
        for branch in after:
            found += self._nearest([(each, branch) for each in before], Promise.READERS)
        return found

    def _nearest(self, pairs: list[tuple[Place, Place]], promise: Promise) -> list[Difference]:
        """Of the pairings of one alternative, what is broken in the one that breaks least."""
        found = [
            _of_promise(_Comparison(set(self._seen))._alternative(*pair), promise) for pair in pairs
        ]
        return min(found, key=len)

    def _alternative(self, old: Place, new: Place) -> list[Difference]:
        pair = (old.pointer, orjson.dumps(old.schema), new.pointer, orjson.dumps(new.schema))
        if pair in self._seen:
            return []
        self._seen.add(pair)
        found = _types(old, new)
        if any(each.breaks == BOTH for each in found):
            return found
        found += _values(old, new)
        for keyword in sorted((old.schema.keys() | new.schema.keys()) - ANNOTATIONS - INSIDE):
            found += _keyword(keyword, old, new)
        return found + _required(old, new) + self._members(old, new) + self._elements(old, new)

    def _members(self, old: Place, new: Place) -> list[Difference]:
        before, after = old.schema.get("properties", {}), new.schema.get("properties", {})
        free = "additionalProperties"
        found = []
        for name in sorted(before.keys() | after.keys()):
            earlier = old.at("properties", name, schema=before.get(name, old.schema.get(free)))
            later = new.at("properties", name, schema=after.get(name))
            if name not in after:
                what = f"member {name!r} was removed, and our models refuse what they do not know"
                breaks = BOTH if free in new.schema else HISTORY
                found.append(Difference(earlier.pointer, what, breaks))
            elif earlier.schema is None:
                found.append(Difference(later.pointer, f"member {name!r} is new", NEITHER))
            else:
                found += self.of(earlier, later)
        return found

    def _elements(self, old: Place, new: Place) -> list[Difference]:
        found = []
        for keyword in ("items", "additionalProperties"):
            earlier = old.at(keyword, schema=old.schema.get(keyword, True))
            later = new.at(keyword, schema=new.schema.get(keyword, True))
            if earlier.schema != {} or later.schema != {}:
                found += self.of(earlier, later)
        return found


def _of_promise(found: list[Difference], promise: Promise) -> list[Difference]:
    return [replace(each, breaks=broken) for each in found if (broken := each.breaks & {promise})]


def _types(old: Place, new: Place) -> list[Difference]:
    before, after = old.schema.get("type"), new.schema.get("type")
    if before == after:
        return []
    wider = after is None or (before, after) == ("integer", "number")
    narrower = before is None or (before, after) == ("number", "integer")
    what = f"type {before or 'any'} became {after or 'any'}"
    breaks = READERS if wider else HISTORY if narrower else BOTH
    return [Difference(f"{new.pointer}/type", what, breaks)]


def _values(old: Place, new: Place) -> list[Difference]:
    """The listed values of `enum` or `const`."""
    before, after = _listed(old.schema), _listed(new.schema)
    if before is None or after is None:
        if before == after:
            return []
        what, breaks = ("now lists", HISTORY) if before is None else ("no longer lists", READERS)
        return [Difference(f"{new.pointer}/enum", f"{what} its values", breaks)]
    gone, come = sorted(before - after), sorted(after - before)
    return [
        *(Difference(f"{new.pointer}/enum", f"value {v} was removed", HISTORY) for v in gone),
        *(Difference(f"{new.pointer}/enum", f"value {v} was added", READERS) for v in come),
    ]


def _listed(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {orjson.dumps(value).decode() for value in values}


def _keyword(keyword: str, old: Place, new: Place) -> list[Difference]:
    before, after = old.schema.get(keyword), new.schema.get(keyword)
    if before == after:
        return []
    what = f"{keyword} {_shown(before)} became {_shown(after)}"
    if keyword not in LOWER | UPPER | EXACT:
        return [Difference(f"{new.pointer}/{keyword}", f"{what}, which is not understood", BOTH)]
    if before is None or after is None:
        breaks = HISTORY if before is None else READERS
    elif keyword in EXACT:
        breaks = BOTH
    else:
        breaks = HISTORY if (after > before) == (keyword in LOWER) else READERS
    return [Difference(f"{new.pointer}/{keyword}", what, breaks)]


def _shown(value: Any) -> str:
    return "(absent)" if value is None else orjson.dumps(value).decode()


def _required(old: Place, new: Place) -> list[Difference]:
    before, after = set(old.schema.get("required", [])), set(new.schema.get("required", []))
    known = old.schema.get("properties", {})
    return [
        *(
            Difference(
                f"{new.pointer}/required",
                f"member {name!r} is now required"
                if name in known
                else f"member {name!r} is new and required",
                HISTORY,
            )
            for name in sorted(after - before)
        ),
        *(
            Difference(f"{new.pointer}/required", f"member {name!r} is no longer required", READERS)
            for name in sorted(before - after)
        ),
    ]
