"""Histories with an event for every fold: calls as they live, and what is done beside them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid5

from events.access import CaseViewed, ExportMade, PersonalDataRevealed, ReplayRun
from events.casework import LegalHoldLifted, LegalHoldPlaced
from events.envelope import answer_stream, id_in, inquiry_stream, subject_stream
from events.inquiries import (
    AnswerPublished,
    AnswerRetired,
    AnswerRevised,
    AnswerShown,
    InquiryAnswered,
    InquiryLeftOpen,
    InquiryReceived,
    InquiryReplied,
    Wording,
)
from events.intake import EmergencyAssessment
from events.personal import Personal
from events.records import (
    RecordsRefused,
    RecordsReleased,
    RecordsRequested,
    RecordsRequestExtended,
)
from events.subjects import (
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectSealed,
    SubjectUnsealed,
)
from tests.bench.histories import IDS, Histories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from events.envelope import Envelope, Event

OFTEN, READ = 0.2, 0.3
Courses: TypeAlias = "list[tuple[str, list[Event]]]"


def random_history(seed: int) -> Iterator[Envelope]:
    """Endless, the same for the same seed; every event that a view handles comes in the end."""
    lives = Histories(seed, latest=200, different=20)
    for envelope in lives:
        yield envelope
        if lives.chance.random() < OFTEN:
            for stream, event in _beside(lives, envelope):
                yield lives._envelope(stream, event)


def _beside(lives: Histories, envelope: Envelope) -> list[tuple[str, Event]]:
    stream, identifier = envelope.stream_id, id_in(envelope.stream_id)
    if lives.chance.random() < READ:
        return [(f"access-web-{uuid5(IDS, stream)}", each) for each in _reads(lives, identifier)]
    if stream.startswith("report-"):
        return [(subject_stream(identifier), each) for each in _subject(lives)]
    if stream.startswith("call-"):
        matter = f"matter-{lives.chance.randrange(3)}"
        holds = [LegalHoldPlaced(matter=matter), LegalHoldLifted(matter=matter)]
        return [(stream, each) for each in holds[: lives.chance.randrange(1, 3)]]
    course = lives.chance.choice((_records, _inquiry, _answer))
    return [(name, each) for name, events in course(lives, stream) for each in events]


def _reads(lives: Histories, record: UUID) -> list[Event]:
    of = {"role": "officer", "records": (record,)}
    revealed = PersonalDataRevealed.model_validate(
        of
        | {
            "number": "R-1",
            "fields": ("note", "contact"),
            "through_position": lives.made,
            "until": "2026-01-02T03:04:05Z",
            "reason": "investigation",
        }
    )
    courses: list[list[Event]] = [
        [CaseViewed.model_validate(of | {"number": "R-1"}), revealed],
        [ExportMade.model_validate(of | {"form": "bundle", "fields": ("note",)})],
        [ReplayRun.model_validate(of | {"replay": "show", "as_of": "position 7"})],
    ]
    return lives.chance.choice(courses)


def _subject(lives: Histories) -> list[Event]:
    number, request = f"R-{lives.made}", uuid5(IDS, f"request/{lives.made}")
    asked = ErasureRequested(
        request_id=request, report_number=number, basis="court-order", requested_by="alice"
    )
    erased = SubjectErased(
        request_id=request,
        report_number=number,
        basis="court-order",
        requested_by="alice",
        approved_by="bob",
        keys=(),
    )
    sealed = SubjectSealed(report_number=number, basis="juvenile")
    courses: list[list[Event]] = [
        [asked],
        [asked, ErasureDeclined(request_id=request)],
        [asked, ErasureApproved(request_id=request), erased],
        [sealed, SubjectUnsealed(report_number=number, basis="court-order"), sealed],
    ]
    return lives.chance.choice(courses)


def _records(lives: Histories, stream: str) -> Courses:
    asked = RecordsRequested(
        request_number=f"RR-{lives.made}",
        received_on=date(2026, 1, 2),
        due_on=date(2026, 1, 9),
        reports=("R-1", "R-2"),
    )
    released = RecordsReleased(reports=("R-1",), redactions={"x": 1}, through=3, digest="00")
    longer = RecordsRequestExtended(due_on=date(2026, 1, 20))
    courses: list[list[Event]] = [
        [asked],
        [asked, longer, released],
        [asked, RecordsRefused(exemptions=("x",))],
    ]
    return [(f"records-request-{uuid5(IDS, stream)}", lives.chance.choice(courses))]


def _inquiry(lives: Histories, stream: str) -> Courses:
    name = inquiry_stream(uuid5(IDS, f"inquiry/{stream}"))
    sealed = Personal[str](subject=name, sealed="c2VhbGVk")
    outcome = lives.chance.choice(("none", "confirm"))
    received = InquiryReceived(
        inquiry_number=f"Q-{lives.made}",
        channel="web",
        language="es",
        question=sealed,
        emergency=EmergencyAssessment(outcome=outcome, rules=(), rules_version="L0/1"),
    )
    shown = (AnswerShown(answer="noise", edition=1, language="en"),)
    open_ = InquiryLeftOpen(why="not-helpful", pin_hash=sealed)
    courses: list[list[Event]] = [
        [received, InquiryAnswered(shown=shown)],
        [received, InquiryAnswered(shown=shown), open_, InquiryReplied(reply=sealed)],
        [received, open_, InquiryReplied(shown=shown), InquiryReplied(reply=sealed)],
        [received.model_copy(update={"report_number": "R-1"})],
    ]
    return [(name, lives.chance.choice(courses))]


def _answer(lives: Histories, stream: str) -> Courses:
    name = f"a-{uuid5(IDS, f'answer/{stream}')}"
    said = Wording(title="¿Cuándo?", text=f"Nunca {lives.made}", keywords=("día",))
    edition: dict[str, Any] = {
        "answer": name,
        "subject": "noise",
        "since": date(2026, 1, lives.chance.randrange(1, 28)),
        "wordings": {"es": said, "en": said.model_copy(update={"title": "When?"})},
    }
    published = AnswerPublished(edition=1, origin="00", **edition)
    revised = AnswerRevised(edition=2, until=date(2027, 1, 1), source="§ 3", **edition)
    retired = AnswerRetired(answer=name, edition=2, on=date(2026, 6, 1))
    courses: list[list[Event]] = [[published], [published, revised], [published, revised, retired]]
    return [(answer_stream(name), lives.chance.choice(courses))]
