"""The receipt of a request and the later status of one event, in the same form."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid5

from events.moment import timestamp
from services.hazards.structured import OUTCOMES
from services.intake.domain.inbound import PARTNERS
from services.intake.partners.outcome import emergency_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.agency.profile import AgencyProfile
    from services.intake.partners.outcome import PartnerOutcome

EVENTS = "/api/v1/partner/events"


def address_of(event_id: str, purpose: str | None) -> str:
    """The address of an event's status."""
    drill = "&purpose=exercise" if purpose == "exercise" else ""
    return f"{EVENTS}?id={quote(event_id, safe='')}{drill}"


def receipt(
    profile: AgencyProfile,
    partner: str,
    body: bytes,
    outcome: Sequence[PartnerOutcome],
    moment: datetime,
) -> dict[str, Any]:
    """The events received and the outcome of each. The same body has the same receipt id."""
    digest = sha256(body).hexdigest()
    worst = max((each.emergency for each in outcome), key=OUTCOMES.index)
    return {
        "receipt": str(uuid5(PARTNERS, f"receipt/{partner}/{digest}")),
        "partner": partner,
        "received_at": timestamp(moment),
        "sha256": digest,
        "accepted": sum(each.status == "accepted" for each in outcome),
        "repeated": sum(each.repeated for each in outcome),
        "rejected": sum(each.status == "rejected" for each in outcome),
        "emergency": emergency_part(profile, worst),
        "events": [_event(profile, each) for each in outcome],
    }


def _event(profile: AgencyProfile, outcome: PartnerOutcome) -> dict[str, Any]:
    members = {
        "id": outcome.event_id,
        "status": outcome.status,
        "purpose": outcome.purpose,
        "report_number": outcome.report_number,
        "revision": outcome.revision,
        "repeated": outcome.repeated,
        "reason": outcome.reason,
        "dead_letter": str(outcome.dead_letter) if outcome.dead_letter else None,
        "emergency": emergency_part(profile, outcome.emergency),
        "warnings": list(outcome.warnings),
        "href": address_of(outcome.event_id, outcome.purpose) if outcome.event_id else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def history(event_id: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The outcome of every content sent under an id; the last accepted one is the current one."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    latest = accepted[-1] if accepted else rows[-1]
    return {
        "id": event_id,
        "status": latest["status"],
        **_event_status(latest),
        "contents": [
            {
                "status": row["status"],
                "sha256_of_content": bytes(row["digest"]).hex(),
                **_event_status(row),
            }
            for row in rows
        ],
    }


def _event_status(row: dict[str, Any]) -> dict[str, Any]:
    members = {
        "purpose": row["purpose"],
        "report_number": row["report_number"],
        "revision": row["revision"],
        "reason": row["reason"],
        "dead_letter": str(row["dead_letter"]) if row["dead_letter"] else None,
        "emergency": row["emergency"],
        "answered_at": timestamp(row["answered_at"]) if row["answered_at"] else None,
    }
    return {name: value for name, value in members.items() if value is not None}
