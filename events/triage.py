"""Events owned by triage, on `blotter.triage`, stream `triage-<report id>`."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from events.envelope import Event
from events.intake import Outcome, Part
from events.moment import Moment


class Link(Part):
    """Another report of the same incident. `same` is acted upon, `suggested` waits for a person."""

    report_id: UUID
    report_number: str
    relation: Literal["same", "suggested"]
    distance_metres: int
    minutes_apart: int
    probability: int | None = None
    """In thousandths."""
    evidence: dict[str, int] = {}
    """What each kind of agreement weighs, in thousandths of a bit; the sum is the score."""
    veto: str | None = None
    """Why it may not be acted upon without a person, whatever the score."""


class Reason(Part):
    """Why one part of a decision came out as it did: a rule or table cell, never a quotation."""

    of: Literal["emergency", "type", "urgency", "severity", "district", "desk", "links"]
    rule: str
    detail: str = ""


class ReportTriaged(Event):
    """One decision about one report. Urgency 0 (emergency) to 4 (record only), severity 1 to 5."""

    report_id: UUID
    report_number: str
    emergency: Outcome
    type: str
    urgency: int
    severity: int
    desk: str
    district: str | None = None
    anchor: UUID
    """The first report of this incident: the report itself when it is not a duplicate."""
    links: tuple[Link, ...] = ()
    reasons: tuple[Reason, ...]
    bundle: str
    decided_at: Moment


class LinkRetracted(Event):
    """Two reports are not of one incident after all: the first is from now on its own anchor.

    Nothing is merged away, so nothing is lost; whoever acted on the link must take that back.
    """

    report_id: UUID
    report_number: str
    other_id: UUID
    other_number: str
    reason: Literal["person", "new-facts", "other-bundle"]
    retracted_at: Moment
