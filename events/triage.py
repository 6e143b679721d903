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


class GateFigure(Part):
    """How a rehearsal stood against one gate. Percentages are of what the gate counts."""

    gate: str
    value: float
    limit: float
    passed: bool


class BundleActivated(Event):
    """From here on reports are decided by this bundle. Stream `triage-bundle`, which is all of it.

    `effective` is the first number of each partition of intake's topic that it decides; a partition
    that is not named begins with it. Decisions from before stay as they are.
    """

    bundle: str
    """Its SHA-256, in hexadecimal."""
    previous: str | None = None
    how: Literal["first", "promoted", "rolled-back", "software"]
    """`software`: rules that are code changed, so that the bundle before can be read no more."""
    effective: dict[str, int] = {}
    reason: str
    shadow: UUID | None = None
    """The rehearsal that it rests on."""
    gates: tuple[GateFigure, ...] = ()
    despite_gates: bool = False
    approved_by: str | None = None
    """The second person, without whom gates are not passed over."""
    activated_at: Moment
