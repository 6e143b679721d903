"""Reading a partner's event: a report, a referral's answer, or a reason to refuse it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from events.intake import PartnerReference
from events.partner import UndecodableError, decode_partner
from services.intake.domain.referral_answer import (
    AnsweredReferral,
    UnusableAnswerError,
    read_facts,
)
from services.intake.domain.shed_call import read_shed_call
from services.intake.domain.submission import Submission, read_submission

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from events.intake import ShedCall
    from events.partner import PartnerEvent

PARTNERS = UUID("6d2b1f7e-6f0a-5d0c-9a55-3f6a7c2f8e11")
"""Name space of partners' events, and of dead letters."""
INCIDENT_REPORTED = "partner.incident-reported.v1"
CALL_SHED = "partner.call-shed.v1"
REFERRAL_ANSWERED = "partner.referral-answered.v1"
REPORTS = (INCIDENT_REPORTED, CALL_SHED)
"""Types that become a report; other content under the same id supplements it."""
TYPES = (*REPORTS, REFERRAL_ANSWERED)
PURPOSES = ("live", "import", "exercise")
VERSIONED = re.compile(r"^(.+)\.v([0-9]{1,4})$")
LONGEST_RESCUED = 5_000


@dataclass(frozen=True, slots=True)
class PartnerReport:
    """A partner's event that became a report; `cause_id` is the same for every repeat of it."""

    cause_id: UUID
    digest: bytes
    reference: PartnerReference
    submission: Submission
    purpose: str
    source: str | None = None
    type: str = INCIDENT_REPORTED
    shed_call: ShedCall | None = None
    earlier_digests: frozenset[bytes] = frozenset()
    """Digests of contents equal to this one: an import of an event that came live is a repeat."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be used, by field."""
        return tuple(self.submission.warnings)


class RefusedError(Exception):
    """The event cannot be used; the message says why, without quoting it.

    `event_id`, `cause_id` and `digest` are set if they could be read.
    """

    event_id: str | None = None
    cause_id: UUID | None = None
    digest: bytes | None = None


def cause_id(partner: str, event_id: str, *, exercise: bool = False) -> UUID:
    """Identity of a partner's event: the authenticated partner and its own id, length-prefixed.

    Exercises have a separate name space, so that an exercise never blocks a live event.
    """
    drill = "exercise/" if exercise else ""
    return uuid5(PARTNERS, f"{drill}{len(partner)}:{partner}{len(event_id)}:{event_id}")


def dead_letter_id(partner: str, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> UUID:
    """Identity of an unreadable record: its partner and its bytes, not its position."""
    digest = sha256(repr(list(headers)).encode() + b"\x00" + (value or b"")).hexdigest()
    return uuid5(PARTNERS, f"dead-letter/{partner}/{digest}")


def source_of(partner: str) -> str:
    """The source a partner's events carry: this, or a path below it."""
    return f"/partners/{partner}"


def read_partner_event(
    partner: str,
    headers: Iterable[tuple[str, bytes]],
    value: bytes | None,
    known_types: frozenset[str],
    zone: ZoneInfo,
    now: datetime,
) -> PartnerReport | AnsweredReferral:
    """Read a partner's event of any type; RefusedError says why it is a dead letter."""
    try:
        event = decode_partner(headers, value)
    except UndecodableError as error:
        raise RefusedError(str(error)) from None
    try:
        return _read(partner, event, known_types, zone, now)
    except RefusedError as error:
        purpose = str(event.data.get("purpose") or event.purpose or "live")
        error.event_id = event.id
        error.cause_id = cause_id(partner, event.id, exercise=purpose == "exercise")
        error.digest = _digest(event, purpose, event.data)
        raise


def _read(
    partner: str, event: PartnerEvent, known_types: frozenset[str], zone: ZoneInfo, now: datetime
) -> PartnerReport | AnsweredReferral:
    _check_source(partner, event)
    _check_type(event)
    data = dict(event.data)
    purpose = _purpose(event, data.pop("purpose", None))
    if event.type == REFERRAL_ANSWERED:
        return _answered(partner, event, purpose, data)
    call = data.pop("call", None) if event.type == CALL_SHED else None
    submission = read_submission(data, known_types, zone, now)
    shed = (
        read_shed_call(submission, call, event.time, zone, now) if event.type == CALL_SHED else None
    )
    if not submission.says_something and shed is None:
        raise RefusedError("neither description nor type")
    digest = _digest(event, purpose, event.data)
    return PartnerReport(
        cause_id=cause_id(partner, event.id, exercise=purpose == "exercise"),
        digest=digest,
        reference=PartnerReference(partner=partner, external_id=event.id),
        submission=submission,
        purpose=purpose,
        source=event.source,
        type=event.type,
        shed_call=shed,
        earlier_digests=frozenset({_digest(event, "live", event.data)})
        if purpose == "import"
        else frozenset(),
    )


def _answered(
    partner: str, event: PartnerEvent, purpose: str, data: dict[str, object]
) -> AnsweredReferral:
    try:
        facts = read_facts(data)
    except UnusableAnswerError as error:
        raise RefusedError(str(error)) from None
    return AnsweredReferral(
        cause_id=cause_id(partner, event.id, exercise=purpose == "exercise"),
        digest=_digest(event, purpose, event.data),
        reference=PartnerReference(partner=partner, external_id=event.id),
        source=event.source,
        type=event.type,
        purpose=purpose,
        report_number=facts.report_number,
        answer=facts.answer,
        answered_at=event.time,
        number=facts.number,
        expected_on=facts.expected_on,
        words=facts.words,
        warnings=tuple(facts.warnings),
    )


def _purpose(event: PartnerEvent, in_data: object) -> str:
    """The purpose, from the attribute or, as older senders have it, from the data."""
    if event.purpose and in_data and event.purpose != in_data:
        raise RefusedError("purpose is said twice, and differently")
    purpose = in_data or event.purpose or "live"
    if purpose not in PURPOSES:
        raise RefusedError("purpose is neither live, import nor exercise")
    return str(purpose)


def _check_source(partner: str, event: PartnerEvent) -> None:
    own = source_of(partner)
    if event.source != own and not event.source.startswith(own + "/"):
        raise RefusedError(f"source is not {own} or below it")


def _check_type(event: PartnerEvent) -> None:
    """Check that the type is known in this version; a named data schema must be that type's."""
    if event.type not in TYPES:
        named = VERSIONED.match(event.type)
        versions = [each for each in TYPES if named and each.startswith(f"{named[1]}.v")]
        raise RefusedError(
            f"unknown version of a known event type: this is read as {', '.join(versions)}"
            if versions
            else "unknown event type"
        )
    if event.dataschema and event.type not in event.dataschema.rpartition("/")[2]:
        raise RefusedError("dataschema is not that of the event's type")


def _digest(event: PartnerEvent, purpose: str, data: dict[str, object]) -> bytes:
    content = [event.type, purpose, data]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def rescued(
    partner: str, letter_id: UUID, value: bytes, reason: str, submission: Submission
) -> PartnerReport:
    """An unusable event with an emergency in it, as a report for a person to read."""
    text = value.decode(errors="replace")[:LONGEST_RESCUED]
    submission = replace(submission, kept_as_given={"unusable_event": text})
    submission.warnings = [f"event: {reason}; kept as given because of what it answers"]
    return PartnerReport(
        cause_id=letter_id,
        digest=sha256(value).digest(),
        reference=PartnerReference(partner=partner, external_id=str(letter_id)),
        submission=submission,
        purpose="live",
    )
