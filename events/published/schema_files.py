"""JSON Schemas of our events, and writing schemas to files; committed under `deploy/schemas/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.published.schema_gate import refuse_breaking
from events.registry import EVENTS
from events.schema import as_bytes, published

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from events.schema import Schema


def event_schemas() -> dict[str, Schema]:
    """A schema of the data for each stored name of today."""
    return {name: published(name, event) for name, event in EVENTS.items()}


def write(directory: Path, schemas: Mapping[str, Schema]) -> list[Path]:
    """Write `<stored name>.json` for each schema; a schema of an older version is left alone.

    BreakingChangeError, and nothing written, when one would break what stands there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    refuse_breaking(directory, schemas)
    written = []
    for name, schema in sorted(schemas.items()):
        path = directory / f"{name}.json"
        path.write_bytes(as_bytes(schema))
        written.append(path)
    return written
