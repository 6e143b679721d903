"""Reads wake no page: else each look at the board would redraw it for all who look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from events.access import CaseViewed
from events.casework import CaseKeptForStatistics
from events.codec import encode
from services.ledger.append import append
from services.projections.runner import Runner
from services.projections.views import VIEWS
from services.runtime.clock import new_id
from services.runtime.kafka import Record
from tests.golden.samples import sample_envelopes

if TYPE_CHECKING:
    from events.envelope import Envelope
    from services.runtime.database import Connection


def of(kind: type) -> Envelope:
    """The sample of one kind of event, as the first of its stream."""
    (found,) = [each for each in sample_envelopes() if type(each.data) is kind]
    return replace(found, version=1, event_id=new_id())


def record(envelope: Envelope, offset: int) -> Record:
    """As Kafka would bring it."""
    body = encode(envelope)
    return Record("blotter.access", 0, offset, envelope.stream_id.encode(), body, (), offset + 1)


async def test_only_a_view_that_moved_over_something_else_rings(projections: Connection) -> None:
    runner = Runner(next(view for view in VIEWS if view.name == "who-read"))
    await runner.prepare(projections)
    async with projections.transaction():
        await append(projections, [record(of(CaseViewed), 0)])
    assert await runner.advance(projections) == (1, False)
    assert await runner.advance(projections) == (0, False)
    async with projections.transaction():
        await append(projections, [record(of(CaseKeptForStatistics), 1)])
    assert await runner.advance(projections) == (1, True)
