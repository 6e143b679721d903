"""The outcome of a partner's event: for the receipt, the reply topic and the status query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from events.envelope import Cause, CauseKind
from events.moment import timestamp
from services.intake.partners.claimed_ids import AnswerRow
from services.runtime.event_store import Message

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.topics import Topics
    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Outcome

ANSWERED = "blotter.partner-event-answered.v1"


@dataclass(frozen=True, slots=True)
class PartnerOutcome:
    """The outcome of one event. `event_id` is None when it could not be read."""

    partner: str
    event_id: str | None
    cause_id: UUID | None
    digest: bytes | None
    status: str
    emergency: Outcome
    purpose: str | None = None
    report_number: str | None = None
    revision: int | None = None
    repeated: bool = False
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    dead_letter: UUID | None = None

    def row(self) -> AnswerRow | None:
        """The row to store; None for a repeat, and for an event without an id."""
        if self.repeated or self.cause_id is None or self.digest is None or self.event_id is None:
            return None
        return AnswerRow(
            self.cause_id,
            self.digest,
            self.revision,
            self.partner,
            self.event_id,
            self.status,
            self.report_number,
            self.purpose,
            self.emergency,
            self.reason,
            self.dead_letter,
        )


def emergency_part(profile: AgencyProfile, outcome: Outcome) -> dict[str, str]:
    """The outcome and the instruction for it, in the agency's words."""
    return {"outcome": outcome, "instruction": profile.emergency.instruction(outcome)}


def reply(
    topics: Topics, profile: AgencyProfile, outcome: PartnerOutcome, moment: datetime
) -> Message:
    """A CloudEvent on the partner's reply topic about an accepted event, keyed by its own id.

    The same revision always has the same reply.
    """
    assert outcome.cause_id is not None
    later = f"/{outcome.revision}" if (outcome.revision or 1) > 1 else ""
    message_id = Cause(CauseKind.PARTNER, outcome.cause_id).derive(f"reply{later}")
    data: dict[str, Any] = {
        "id": outcome.event_id,
        "status": outcome.status,
        "report_number": outcome.report_number,
        "revision": outcome.revision,
        "purpose": outcome.purpose,
        "warnings": list(outcome.warnings),
        "emergency": emergency_part(profile, outcome.emergency),
    }
    body = {
        "specversion": "1.0",
        "id": str(message_id),
        "source": "/blotter/intake",
        "type": ANSWERED,
        "time": timestamp(moment),
        "datacontenttype": "application/json",
        "data": data,
    }
    encoded = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Message(message_id, topics.replies(outcome.partner), outcome.event_id or "", encoded)
