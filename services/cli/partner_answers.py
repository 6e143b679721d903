"""What a partner reads about its events on its reply topic, as a model for the published schema."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import RootModel

from events.intake import Part

ANSWERED = "blotter.partner-event-answered.v1"


class Accepted(Part):
    """The event became a report. `id` is the event's own id, as the partner gave it."""

    id: str
    status: Literal["accepted"]
    report_number: str


class Rejected(Part):
    """The record is kept as a dead letter; `partition` and `offset` say where it was found."""

    dead_letter: UUID
    status: Literal["rejected"]
    reason: str
    partition: int
    offset: int


class PartnerEventAnswered(RootModel[Accepted | Rejected]):
    """What became of an event; one that was rejected may still be accepted after a replay."""
