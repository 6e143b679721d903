"""JSON Schemas of events' data. We are closed (`extra="forbid"`), the published schemas are open: a
reader must tolerate members it does not know. Dialect: JSON Schema 2020-12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = dict[str, Any]
DEFINITIONS = "#/$defs/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SEALED: Schema = {
    "title": "Personal",
    "description": "A value about a person: base64 of nonce and AES-256-GCM ciphertext, under the"
    " key of its subject. Once that key is destroyed nobody can open it.",
    "type": "object",
    "properties": {
        "subject": {"type": "string"},
        "sealed": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["subject", "sealed"],
}


def as_bytes(schema: Schema) -> bytes:
    """The schema as it is committed: sorted, indented, ending in a new line."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema, option=options)


class _Untitled(GenerateJsonSchema):
    """Without titles that only repeat the names of the members."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def published(name: str, model: type[BaseModel]) -> Schema:
    """The schema of a stored name's data, as its readers may rely on it."""
    own = model.model_json_schema(mode="validation", schema_generator=_Untitled)
    definitions = own.pop("$defs", {}) | {"Personal": SEALED}
    published: Schema = _opened({"$schema": DIALECT, **own, "title": name})
    wanted, found = _references(published), dict[str, Schema]()
    while wanted:
        if (reference := wanted.pop()) not in found:
            found[reference] = _opened(definitions[reference])
            wanted += _references(found[reference])
    return published | ({"$defs": found} if found else {})


def _opened(node: Any) -> Any:
    """The schema, tolerant of members it does not name, its personal values sealed."""
    if isinstance(node, list):
        return [_opened(child) for child in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("$ref", "")).startswith(DEFINITIONS + "Personal_"):
        return {"$ref": DEFINITIONS + "Personal"}
    return {
        key: _opened(child)
        for key, child in node.items()
        if not (key == "additionalProperties" and child is False)
    }


def _references(node: Any) -> list[str]:
    """Names of the definitions that a schema points to."""
    if isinstance(node, list):
        return [name for child in node for name in _references(child)]
    if not isinstance(node, dict):
        return []
    here = [node["$ref"].removeprefix(DEFINITIONS)] if "$ref" in node else []
    return here + [name for child in node.values() for name in _references(child)]
