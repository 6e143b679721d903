"""Whatever stands on intake's topic, triage reads it without trouble, and decides reports only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.codec import decode
from services.runtime.kafka import Record

if TYPE_CHECKING:
    from tests.integration.triage.conftest import Worker

GOLDEN = {
    file.stem: file.read_bytes()
    for file in sorted((Path(__file__).parents[2] / "golden").glob("intake.*.json"))
}


@pytest.mark.parametrize("name", GOLDEN)
async def test_every_event_that_intake_ever_published_passes(worker: Worker, name: str) -> None:
    body = GOLDEN[name]
    stream = "answer-towing" if ".answer-" in name else decode(body).stream_id
    record = Record("blotter.reports", 0, 0, stream.encode(), body, (), 1)
    await worker.triage.prepare([record])
    await worker.decides(record)
    assert len(await worker.decisions()) == name.startswith("intake.report-submitted")
