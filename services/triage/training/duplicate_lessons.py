"""Training the duplicate weights of a bundle from files of records and links."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from services.triage.training.duplicate_training import estimate
from services.triage.training.linked_records import read_fields, read_linked

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def learn_duplicates(
    data: Path, links: Path, fields: Path, until: datetime | None
) -> dict[str, Any]:
    """The weights as JSON, from links before `until`, by default before the last record."""
    linked = read_linked(data, links, read_fields(fields))
    last = max(each.received_at for each in linked.records)
    weights = estimate(linked, until.replace(tzinfo=UTC) if until else last)
    return weights.model_dump(mode="json")
