"""Events in plain words, a sentence or two for each. Pure; nothing personal is ever opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    CaseworkEvent,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)
from events.intake import (
    AttachmentAdded,
    ContactRulesStated,
    ReferralAnswerReceived,
    ReportSubmitted,
    ReportSupplemented,
    ReportWithdrawn,
)
from events.subjects import (
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectEvent,
    SubjectSealed,
    SubjectUnsealed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from events.triage import Link, ReportTriaged

URGENCIES = ("emergency", "perishing evidence", "in progress", "leads", "record only")
EMERGENCY = {
    "none": "no sign of an emergency",
    "confirm": "in doubt, so a person had to confirm that it is no emergency",
    "divert": "an emergency, to be transferred to 9-1-1",
}
CHANNELS = {"web": "the web form", "api": "the programming interface", "partner": "a partner"}
MEDIA = {"sms": "text message", "email": "e-mail"}
ENDED = {"same": "the same incident", "suggested": "perhaps the same incident, for a person to say"}


def plain(identifier: str | None) -> str:
    """A code in words."""
    return identifier.replace("-", " ").replace("_", " ") if identifier else "not said"


def urgency(number: int | None) -> str:
    """The urgency's number with its meaning."""
    known = number is not None and 0 <= number < len(URGENCIES)
    return f"{number} ({URGENCIES[number or 0]})" if known else "not yet decided"


CameIn = (
    ReportSubmitted
    | ReportSupplemented
    | ReportWithdrawn
    | ContactRulesStated
    | AttachmentAdded
    | ReferralAnswerReceived
)


def came_in(event: CameIn, written_time: Callable[[datetime], str]) -> list[str]:
    """What was reported or added from outside."""
    match event:
        case ReportSubmitted() | ReportSupplemented():
            return reported(event, written_time)
        case ReferralAnswerReceived():
            return [_answered(event)]
        case ReportWithdrawn():
            way = CHANNELS[event.channel]
            return [f"The reporting party withdrew report {event.report_number} through {way}."]
        case ContactRulesStated():
            return [_safe_ways(event)]
        case AttachmentAdded():
            return [
                f"A file ({event.media_type}, {event.size} bytes) joined report"
                f" {event.report_number}; as stored its SHA-256 is {event.stored_sha256}."
                " Not shown here, because personal: its name and its content."
            ]
    assert_never(event)


def _safe_ways(event: ContactRulesStated) -> str:
    ways = {"call": event.call, "leave a message": event.leave_message, "write": event.write}
    sentences = ", ".join(f"{way}: {answer}" for way, answer in ways.items())
    hours = f"; only from {event.hours_from} to {event.hours_to}" if event.hours_from else ""
    return f"Is it safe to reach whoever reported {event.report_number}? {sentences}{hours}."


def _answered(event: ReferralAnswerReceived) -> str:
    number = f", under its number {event.number}" if event.number else ""
    expected = f", expecting to be done on {event.expected_on}" if event.expected_on else ""
    return (
        f"Partner {event.partner.partner} answered the referral of report {event.report_number}:"
        f" {plain(event.answer)}{number}{expected}."
    )


def reported(
    event: ReportSubmitted | ReportSupplemented, written_time: Callable[[datetime], str]
) -> list[str]:
    """What a report or supplement says, without personal values."""
    way = f"partner {event.partner.partner}" if event.partner else CHANNELS[event.channel]
    way = MEDIA.get(event.medium, event.medium) if event.medium else way
    did = "received"
    if isinstance(event, ReportSupplemented):
        did = "corrected" if event.corrects else "supplemented"
    sentences = [f"Report {event.report_number} was {did} through {way}."]
    if event.shed_call and event.shed_call.called_at:
        sentences.append(
            f"The call rang at a 9-1-1 centre at {written_time(event.shed_call.called_at)}."
        )
    sentences.append(
        f"It was declared as {plain(event.type)}." if event.type else "No type was declared."
    )
    if event.occurred_from:
        until = f" and {written_time(event.occurred_to)}" if event.occurred_to else ""
        sentences.append(
            f"It happened {'between' if until else 'at'}"
            f" {written_time(event.occurred_from)}{until}."
        )
    sentences.append(
        f"It describes {_count(event.people_described, 'person', 'people')} and"
        f" {_count(event.vehicles_described, 'vehicle', 'vehicles')}."
    )
    if event.safety:
        answers = ", ".join(f"{plain(name)}: {answer}" for name, answer in event.safety.items())
        sentences.append(f"Answers about safety: {answers}.")
    assessed = event.emergency
    rules = f" by {', '.join(assessed.rules)}" if assessed.rules else ""
    sentences.append(
        f"The hazard rules {assessed.rules_version} saw {EMERGENCY[assessed.outcome]}{rules}."
    )
    if event.warnings:
        sentences.append(
            f"{_count(len(event.warnings), 'fact', 'facts')} could not be used as given."
        )
    parts = ["its written statement", *(["contact details"] if event.contact else [])]
    sentences.append(f"Not shown here, because personal: {' and '.join(parts)}.")
    return sentences


def triaged(event: ReportTriaged) -> list[str]:
    """What triage made of it."""
    where = f", district {plain(event.district)}" if event.district else ", no district"
    return [
        f"Report {event.report_number} was assessed as {plain(event.type)}, urgency"
        f" {urgency(event.urgency)}, severity {event.severity} of 5, for the desk"
        f" {plain(event.desk)}{where}: {EMERGENCY[event.emergency]}.",
        *map(_linked, event.links),
        f"The rules that decided are those of bundle {event.bundle}.",
    ]


def _linked(link: Link) -> str:
    return (
        f"Report {link.report_number}, {link.distance_metres} m away and {link.minutes_apart}"
        f" minutes apart, is {ENDED[link.relation]}."
    )


def done(event: CaseworkEvent) -> str:
    """What was done about the call."""
    match event:
        case CallOpened():
            return (
                f"Call for service {event.call_number} was opened from report"
                f" {event.report_number}, at the desk {plain(event.desk)}, urgency"
                f" {urgency(event.urgency)}."
            )
        case ReportAttached():
            return f"Report {event.report_number} of the same incident joined the call."
        case UrgencyChanged():
            why = "a further report" if event.reason == "attached-report" else "a person's decision"
            return f"The urgency became {urgency(event.urgency)}, because of {why}."
        case CaseReviewed():
            accepted = event.outcome == "accepted"
            return "The review " + (
                "accepted it for investigation." if accepted else "returned it to its desk."
            )
        case CaseNumberIssued():
            return f"It became case {event.case_number}."
        case CaseAssigned():
            return f"It was assigned to {event.officer} at the desk {plain(event.desk)}."
        case NoteAdded():
            return "A note was written; its text is personal and not shown here."
        case CaseResolved():
            return f"It was resolved: {', '.join(map(plain, event.dispositions))}."
        case CaseKeptForStatistics():
            return "It was kept as information only: counted, not investigated."
        case LegalHoldPlaced():
            return f"A legal hold was placed for the matter {event.matter}."
        case LegalHoldLifted():
            return f"The legal hold for the matter {event.matter} was lifted."
    assert_never(event)


def kept(event: SubjectEvent) -> str:
    """What happened to the personal data of a report."""
    match event:
        case ErasureRequested():
            return (
                f"{event.requested_by} asked for the personal data of report"
                f" {event.report_number} to be erased, on the basis {plain(event.basis)}."
            )
        case ErasureDeclined():
            return "The request to erase was turned down or taken back."
        case ErasureApproved():
            return "A second person approved the request to erase."
        case SubjectErased():
            return (
                f"The personal data of report {event.report_number} was erased: its"
                f" {_count(len(event.keys), 'key was', 'keys were')} destroyed. Asked for by"
                f" {event.requested_by}, approved by {event.approved_by}, on the basis"
                f" {plain(event.basis)}."
            )
        case SubjectSealed():
            return (
                f"The personal data of report {event.report_number} was sealed, on the basis"
                f" {plain(event.basis)}: hidden from everybody, not destroyed."
            )
        case SubjectUnsealed():
            return (
                f"The personal data of report {event.report_number} was unsealed, on the basis"
                f" {plain(event.basis)}."
            )
    assert_never(event)


def read(row: dict[str, Any]) -> str:
    """What a reader did; without the explanation, which may hold personal values."""
    opened = ", ".join(row["fields"])
    what = {"viewed": "read the record, masked", "revealed": f"opened {opened}"}.get(
        row["did"], f"{row['did']} it ({row['detail']})" + (f", with {opened}" if opened else "")
    )
    return what + (f", for {plain(row['reason'])}" if row["reason"] else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"
