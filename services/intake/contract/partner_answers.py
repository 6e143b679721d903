"""What a partner reads about its events on its reply topic, as a model for the published schema."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import RootModel

from events.intake import Outcome, Part
from services.intake.partners.outcome import ANSWERED

__all__ = ["ANSWERED", "Accepted", "Emergency", "PartnerEventAnswered", "Rejected"]


class Emergency(Part):
    """What the hazard rules said of the event, and what to do, in the agency's words."""

    outcome: Outcome
    instruction: str


class Accepted(Part):
    """The event became a report, a supplement to one, or an answer. `id` is the event's own id.

    `revision` counts the contents that came under the id, 1 being the first. `warnings` name the
    fields that could not be used. An event of purpose `exercise` is answered as one.
    """

    id: str
    status: Literal["accepted"]
    report_number: str
    revision: int | None = None
    purpose: Literal["live", "import", "exercise"] | None = None
    warnings: tuple[str, ...] = ()
    emergency: Emergency | None = None


class Rejected(Part):
    """The record is kept as a dead letter; `partition` and `offset` say where it was found.

    Both are -1 for what came by HTTP. `id` is there when it could be read. An event that could not
    be used but speaks of danger is opened for a person to read: then there is a `report_number`.
    """

    dead_letter: UUID
    status: Literal["rejected"]
    reason: str
    partition: int
    offset: int
    id: str | None = None
    report_number: str | None = None
    emergency: Emergency | None = None


class PartnerEventAnswered(RootModel[Accepted | Rejected]):
    """What became of an event; one that was rejected may still be accepted after a replay."""
