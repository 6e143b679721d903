"""What a partner's event means: a report to submit, or a reason to refuse it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from events.intake import PartnerReference
from events.partner import UndecodableError, decode_partner
from services.intake.domain.submission import Submission, read_submission

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from events.partner import PartnerEvent

PARTNERS = UUID("6d2b1f7e-6f0a-5d0c-9a55-3f6a7c2f8e11")
"""Name space of partners' events, and of dead letters."""
INCIDENT_REPORTED = "partner.incident-reported.v1"
PURPOSES = ("live", "import", "exercise")


@dataclass(frozen=True, slots=True)
class PartnerReport:
    """A partner's event that became a report; `cause_id` is the same for every repeat of it."""

    cause_id: UUID
    digest: bytes
    reference: PartnerReference
    submission: Submission
    purpose: str


class RefusedError(Exception):
    """The event cannot become a report; the message says why, without quoting it."""


def cause_id(partner: str, event_id: str) -> UUID:
    """Identity of a partner's event: the authenticated partner and its own id, length-prefixed."""
    return uuid5(PARTNERS, f"{len(partner)}:{partner}{len(event_id)}:{event_id}")


def dead_letter_id(partner: str, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> UUID:
    """Identity of a record nobody could read: its partner and its bytes, not its place."""
    digest = sha256(repr(list(headers)).encode() + b"\x00" + (value or b"")).hexdigest()
    return uuid5(PARTNERS, f"dead-letter/{partner}/{digest}")


def source_of(partner: str) -> str:
    """The source a partner's events carry: this, or a path below it."""
    return f"/partners/{partner}"


def read_partner_report(
    partner: str,
    headers: Iterable[tuple[str, bytes]],
    value: bytes | None,
    known_types: frozenset[str],
    zone: ZoneInfo,
    now: datetime,
) -> PartnerReport:
    """Read a record from a partner's topic; RefusedError says why it is a dead letter."""
    try:
        event = decode_partner(headers, value)
    except UndecodableError as error:
        raise RefusedError(str(error)) from None
    _check_source(partner, event)
    if event.type != INCIDENT_REPORTED:
        raise RefusedError("unknown event type")
    data = dict(event.data)
    purpose = data.pop("purpose", None) or event.purpose or "live"
    if purpose not in PURPOSES:
        raise RefusedError("purpose is neither live, import nor exercise")
    submission = read_submission(data, known_types, zone, now)
    if not submission.says_something:
        raise RefusedError("neither description nor type")
    return PartnerReport(
        cause_id=cause_id(partner, event.id),
        digest=_digest(event, purpose),
        reference=PartnerReference(partner=partner, external_id=event.id),
        submission=submission,
        purpose=purpose,
    )


def _check_source(partner: str, event: PartnerEvent) -> None:
    own = source_of(partner)
    if event.source != own and not event.source.startswith(own + "/"):
        raise RefusedError(f"source is not {own} or below it")


def _digest(event: PartnerEvent, purpose: str) -> bytes:
    content = [event.type, purpose, event.data]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
