"""The receipt for a request, and what is told of one event later: the same words in both."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid5

from events.moment import timestamp
from services.hazards.structured import OUTCOMES
from services.intake.domain.inbound import PARTNERS
from services.intake.partners.told import emergency_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.agency.profile import AgencyProfile
    from services.intake.partners.told import Told

EVENTS = "/api/v1/partner/events"


def address_of(event_id: str, purpose: str | None) -> str:
    """Where to ask what became of an event."""
    drill = "&purpose=exercise" if purpose == "exercise" else ""
    return f"{EVENTS}?id={quote(event_id, safe='')}{drill}"


def receipt(
    profile: AgencyProfile, partner: str, body: bytes, told: Sequence[Told], moment: datetime
) -> dict[str, Any]:
    """What was received and what became of each event. The same body has the same receipt id."""
    digest = sha256(body).hexdigest()
    worst = max((each.emergency for each in told), key=OUTCOMES.index)
    return {
        "receipt": str(uuid5(PARTNERS, f"receipt/{partner}/{digest}")),
        "partner": partner,
        "received_at": timestamp(moment),
        "sha256": digest,
        "accepted": sum(each.status == "accepted" for each in told),
        "repeated": sum(each.repeated for each in told),
        "rejected": sum(each.status == "rejected" for each in told),
        "emergency": emergency_part(profile, worst),
        "events": [_event(profile, each) for each in told],
    }


def _event(profile: AgencyProfile, told: Told) -> dict[str, Any]:
    said = {
        "id": told.event_id,
        "status": told.status,
        "purpose": told.purpose,
        "report_number": told.report_number,
        "revision": told.revision,
        "repeated": told.repeated,
        "reason": told.reason,
        "dead_letter": str(told.dead_letter) if told.dead_letter else None,
        "emergency": emergency_part(profile, told.emergency),
        "warnings": list(told.warnings),
        "href": address_of(told.event_id, told.purpose) if told.event_id else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def history(event_id: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What became of everything that was sent under an id; the last accepted content counts."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    latest = accepted[-1] if accepted else rows[-1]
    return {
        "id": event_id,
        "status": latest["status"],
        **_told(latest),
        "contents": [
            {"status": row["status"], "sha256_of_content": bytes(row["digest"]).hex(), **_told(row)}
            for row in rows
        ],
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    said = {
        "purpose": row["purpose"],
        "report_number": row["report_number"],
        "revision": row["revision"],
        "reason": row["reason"],
        "dead_letter": str(row["dead_letter"]) if row["dead_letter"] else None,
        "emergency": row["emergency"],
        "answered_at": timestamp(row["answered_at"]) if row["answered_at"] else None,
    }
    return {name: value for name, value in said.items() if value is not None}
