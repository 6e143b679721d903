"""A body that a route's schema accepts, so that its answer is about who asks, not what is asked."""

from __future__ import annotations

from typing import Any

SECOND = "7d1c2f0e-0000-4000-8000-000000000000"
DIGEST = "0" * 64
BY_FORMAT = {"uuid": SECOND, "date": "2026-03-01", "date-time": "2026-03-01T12:00:00Z"}

Schema = dict[str, Any]


def smallest(schema: Schema, document: Schema) -> Any:
    """The smallest value that the JSON schema, which may refer into the document, accepts."""
    if "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return smallest(found, document)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return smallest(schema[choice][0], document)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, document)


def _of_type(schema: Schema, document: Schema) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {}).items()
            return {name: smallest(value, document) for name, value in properties}
        case "array":
            return [smallest(schema["items"], document)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            digest = DIGEST[: schema.get("maxLength")]
            return BY_FORMAT.get(schema.get("format", ""), digest if "pattern" in schema else "1")
        case _:
            return {}
