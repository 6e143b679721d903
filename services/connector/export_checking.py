"""Checking an export as `blotter publish` would send it: lines of the file, columns as fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from rich.progress import Progress

from events.envelope import Purpose
from services.connector.exporting import Tally, encoded, opened

if TYPE_CHECKING:
    from pathlib import Path

    from services.connector.checking import Checked, Checker
    from services.connector.mapping import PartnerMapping


def check_export(checker: Checker, file: Path, mapping: PartnerMapping) -> Checked:
    """Check every row; ExportError when the file cannot be read with this mapping."""
    tally, checked = Tally(), checker.checked
    with opened(file, mapping, Progress(disable=True), tally) as rows:
        for row in rows:
            incident = mapping.read(row.cells)
            if incident is None:
                checked.add(row.line, "error", "id", "no id: the row cannot be sent")
                continue
            if incident.time_is_unreadable:
                message = "not a time in the mapping's format: sent without it"
                checked.add(row.line, "warning", "occurred_from", message)
            event = orjson.loads(encoded(incident, mapping.partner, Purpose.IMPORT))
            checker.check(event, {"": row.line})
    for line in tally.unreadable_lines:
        checked.add(line, "error", "row", "not readable as CSV")
    return checked
