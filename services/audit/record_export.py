"""An export of records: their events, the states they went through, and what proves them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from services.audit.record_events import record_events
from services.audit.record_states import states
from services.audit.refusals import UnknownNumberError
from services.ledger.exporting.bundle import bundle
from services.ledger.exporting.verify import PERSONAL
from services.proofs import note
from services.proofs.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ledger.exporting.bundle import Files
    from services.runtime.database import Connection

FORM = "bundle"
"""What an export of this kind is called where reads are recorded."""


async def export_records(connection: Connection, numbers: Sequence[str], signed: str) -> Files:
    """Everything about these numbers under that checkpoint; the same of both gives the same bytes.

    UnknownNumberError when one of them was not there, MisledError when a view is wrong.
    """
    checkpoint = Checkpoint.parse(note.split(signed)[0])
    asked = sorted(set(numbers))
    stored: dict[int, bytes] = {}
    for number in asked:
        try:
            about = await record_events(connection, number, checkpoint.size - 1)
        except UnknownNumberError as error:
            raise UnknownNumberError(f"{number}: {error}") from None
        places = [entry.position for entry in about.entries]
        stored |= dict(zip(places, about.bodies, strict=True))
    view = {
        "format": "blotter-view-v1",
        "log": checkpoint.origin,
        "size": checkpoint.size,
        "asked": asked,
        "personal": PERSONAL,
        "tables": states(stored),
    }
    return await bundle(connection, signed, stored, view)


def records_in(found: Files) -> list[tuple[str, UUID]]:
    """Numbers and ids of the reports and calls that are in an export."""
    tables = json.loads(found["view.json"])["tables"]
    reports, calls = tables["case_status_reports"], tables["case_status_calls"]
    return [
        *((each["row"]["report_number"], UUID(key)) for key, each in reports.items()),
        *((each["row"]["call_number"], UUID(key)) for key, each in calls.items()),
    ]
