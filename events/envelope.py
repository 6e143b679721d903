"""The envelope around every event: who, when, why, from what, and which place in its stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from datetime import datetime

MAXIMUM_BYTES = 60_000
"""An encoded envelope is never longer; longer text becomes an attachment (design.md §4)."""


class Event(BaseModel):
    """Something that happened. Frozen, and closed: an unknown field is an error for us."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Purpose(StrEnum):
    """Why a report exists. All are assessed; only live ones alert, notify and count as service."""

    LIVE = "live"
    IMPORT = "import"
    EXERCISE = "exercise"


class CauseKind(StrEnum):
    """What made an event happen. Only an `event` cause is one the ledger has to hold first."""

    EVENT = "event"
    COMMAND = "command"
    PARTNER = "partner"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Cause:
    """The thing an event came from, written `kind:id`."""

    kind: CauseKind
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @staticmethod
    def parse(text: str) -> Cause:
        """Read `kind:id`; ValueError when it is neither."""
        kind, _, identifier = text.partition(":")
        return Cause(CauseKind(kind), UUID(identifier))

    def derive(self, handler: str, index: int = 0) -> UUID:
        """The id of the event that `handler` makes of this cause: the same on every retry."""
        return uuid5(self.id, f"{handler}/{index}")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, on whose behalf, and through what channel. Roles and ids, never names."""

    who: str
    on_behalf_of: str
    through: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One stored event. Times are UTC with microseconds; `version` counts from 1 in its stream."""

    event_id: UUID
    type: str
    stream_id: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    purpose: Purpose
    cause: Cause
    correlation_id: UUID
    source: str
    data: Event

    def as_cause(self) -> Cause:
        """This event as the cause of another."""
        return Cause(CauseKind.EVENT, self.event_id)


def report_stream(report_id: UUID) -> str:
    """Stream of one report's own facts."""
    return f"report-{report_id}"


def inquiry_stream(inquiry_id: UUID) -> str:
    """Stream of one question that somebody asked."""
    return f"inquiry-{inquiry_id}"


def answer_stream(answer: str) -> str:
    """Stream of one answer through all its editions."""
    return f"answer-{answer}"


def triage_stream(report_id: UUID) -> str:
    """Stream of the decisions about one report."""
    return f"triage-{report_id}"


def call_stream(call_id: UUID) -> str:
    """Stream of one call for service, later perhaps a case."""
    return f"call-{call_id}"


def subject_stream(report_id: UUID) -> str:
    """Stream of what happens to the personal data of one report."""
    return f"subject-{report_id}"


def access_stream(service: str, session: UUID) -> str:
    """Stream of what one session read through one service."""
    return f"access-{service}-{session}"


def id_in(stream_id: str) -> UUID:
    """The id inside a stream name; ValueError when there is none."""
    return UUID(stream_id.partition("-")[2])
