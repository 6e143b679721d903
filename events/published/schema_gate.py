"""The gate of the published schemas: within one stored name only compatible changes pass.

What the code generates is compared with what is published under `deploy/schemas`; a breaking
change has to become a new version, with an upcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from events.published.compatibility import BOTH, HISTORY, differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from events.published.compatibility import Schema

FROM_PARTNERS = "partner."
"""Names of what partners write and only we read: nobody else's reader can break."""


class BreakingChangeError(Exception):
    """The code gives schemas that break what is published; one line a difference."""


def breaking(name: str, published: Schema, generated: Schema) -> list[str]:
    """What in `generated` breaks a promise made by `published`: file, pointer, what and why."""
    promises = HISTORY if name.startswith(FROM_PARTNERS) else BOTH
    return [
        f"{name}.json#{found.pointer}: {found.what}: "
        + "; ".join(promise.value for promise in sorted(broken, key=lambda each: each.name))
        for found in differences(published, generated)
        if (broken := found.breaks & promises)
    ]


def closed(name: str, schema: Schema) -> list[str]:
    """Where a schema for publication refuses members it does not know."""
    return [
        f"{name}.json#{pointer}: closed, although readers must tolerate members added later"
        for pointer in _closed(schema, "")
    ]


def refuse_breaking(directory: Path, generated: Mapping[str, Schema]) -> None:
    """BreakingChangeError when a schema in `directory` would be replaced by one that breaks it."""
    found = [
        line
        for name, schema in sorted(generated.items())
        if (path := directory / f"{name}.json").exists()
        for line in breaking(name, orjson.loads(path.read_bytes()), schema)
    ]
    found += [line for name, schema in sorted(generated.items()) for line in closed(name, schema)]
    if found:
        raise BreakingChangeError("\n".join(found))


def _closed(node: object, pointer: str) -> list[str]:
    if isinstance(node, list):
        inside = {str(index): child for index, child in enumerate(node)}
    elif isinstance(node, dict):
        inside = node
    else:
        return []
    here = [pointer] if inside.get("additionalProperties") is False else []
    return here + [
        found for key, child in inside.items() for found in _closed(child, f"{pointer}/{key}")
    ]
