"""The representative events that golden files are first written from."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from events.access import (
    CaseViewed,
    ExportMade,
    ListingViewed,
    PersonalDataRevealed,
    ReplayRun,
    SignedIn,
    SignedOut,
    SignInRefused,
)
from events.casework import (
    CallOpened,
    CaseAssigned,
    CaseKeptForStatistics,
    CaseNumberIssued,
    CaseResolved,
    CaseReviewed,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoteAdded,
    ReportAttached,
    UrgencyChanged,
)
from events.codec import name_of
from events.envelope import Actor, Cause, CauseKind, Envelope, Event, Purpose
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
from events.intake import (
    AttachedFile,
    AttachmentAdded,
    Contact,
    ContactRulesStated,
    EmergencyAssessment,
    PartnerReference,
    Person,
    ReferralAnswerReceived,
    ReportSubmitted,
    ReportSupplemented,
    ReportWithdrawn,
    ShedCall,
    Statement,
    Vehicle,
)
from events.personal import Personal, personal_fields
from events.records import (
    RecordsRefused,
    RecordsReleased,
    RecordsRequested,
    RecordsRequestExtended,
)
from events.registry import owner
from events.subjects import (
    DestroyedKey,
    ErasureApproved,
    ErasureDeclined,
    ErasureRequested,
    SubjectErased,
    SubjectSealed,
    SubjectUnsealed,
)
from events.triage import BundleActivated, GateFigure, Link, LinkRetracted, Reason, ReportTriaged

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN_KEY = bytes(range(32))
"""The key of every data subject in the golden files."""
NONCE = bytes(range(12))
REPORT = UUID("5b0c1a52-60a5-5d6c-8a35-0a8f5a0f3c11")
EARLIER = UUID("0d5bb0a6-7f6c-5a0b-9d8e-3c1e9d1a7b22")
CALL = UUID("9f6d2c1e-1c57-5b1f-8f9e-6f0f0d3b4e33")
EVENT = UUID("c3f0a9d4-2b6e-5e7a-a1b2-4d5e6f708944")
CAUSE = UUID("e1d2c3b4-a596-5877-8869-5a4b3c2d1e55")
HAPPENED = datetime(2026, 3, 1, 2, 15, 30, 123456, tzinfo=UTC)
TAKEN = datetime(2026, 3, 1, 9, 0, 0, 654321, tzinfo=UTC)
COMMITTED = datetime(2026, 3, 1, 9, 0, 0, 700001, tzinfo=UTC)

STREAMS = {
    "events.intake": f"report-{REPORT}",
    "events.inquiries": f"inquiry-{REPORT}",
    "events.triage": f"triage-{REPORT}",
    "events.casework": f"call-{CALL}",
    "events.subjects": f"subject-{REPORT}",
    "events.records": f"records-request-{CAUSE}",
    "events.access": f"access-projections-{CAUSE}",
}

SAMPLES: tuple[Event, ...] = (
    ReportSubmitted(
        report_number="R-26-000042",
        channel="partner",
        partner=PartnerReference(partner="slopd", external_id="210914014"),
        type="vandalism",
        occurred_from=HAPPENED,
        occurred_to=TAKEN,
        latitude=37.3770935,
        longitude=-77.5049863,
        people_described=1,
        vehicles_described=1,
        safety={"happening_now": "no", "weapon": "unsure"},
        emergency=EmergencyAssessment(
            outcome="confirm", rules=("L0.weapon-unsure",), rules_version="L0/1"
        ),
        warnings=("type: not in the catalogue; kept as given",),
        statement=Personal(
            subject=f"report-{REPORT}",
            value=Statement(
                description="Somebody sprayed „Ñandú“ on the fence.",
                location_text="behind the school",
                people=(Person(role="suspect", description="tall"),),
                vehicles=(Vehicle(plate="ABC-1234", colour="blue"),),
                kept_as_given={"occurred.to": "yesterday", "rank": 3},
            ),
        ),
        contact=Personal(
            subject=f"person-{REPORT}", value=Contact(name="A. Person", safe_to_contact=True)
        ),
        pin_hash=Personal(subject=f"report-{REPORT}", value="$argon2id$v=19$..."),
    ),
    ReportSupplemented(
        report_number="R-26-000042",
        channel="partner",
        partner=PartnerReference(partner="slopd", external_id="210914014"),
        revision=2,
        shed_call=ShedCall(called_at=HAPPENED, number="2026-004711", reason="overload"),
        type="vandalism",
        occurred_from=HAPPENED,
        safety={"weapon": "no"},
        emergency=EmergencyAssessment(outcome="none", rules=(), rules_version="L0/1"),
        statement=Personal(
            subject=f"report-{REPORT}", value=Statement(description="The fence and the gate.")
        ),
        contact=Personal(subject=f"person-{REPORT}", value=Contact(phone="804-555-0100")),
    ),
    ReportWithdrawn(report_number="R-26-000042", channel="web"),
    ContactRulesStated(
        report_number="R-26-000042",
        channel="web",
        call="yes",
        leave_message="no",
        write="unsure",
        hours_from="09:00",
        hours_to="16:30",
    ),
    AttachmentAdded(
        report_number="R-26-000042",
        channel="web",
        attachment_id=CAUSE,
        media_type="image/jpeg",
        size=204_800,
        stored_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        file=Personal(
            subject=f"report-{REPORT}",
            value=AttachedFile(
                name="fence.jpg",
                sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            ),
        ),
    ),
    ReferralAnswerReceived(
        report_number="R-26-000042",
        partner=PartnerReference(partner="vdot", external_id="WO-17/2"),
        answer="in-progress",
        number="WO-17",
        answered_at=TAKEN,
        expected_on=date(2026, 3, 15),
        words=Personal(subject=f"report-{REPORT}", value="A crew comes on Tuesday."),
    ),
    InquiryReceived(
        inquiry_number="Q-618-033-994",
        channel="web",
        language="es",
        emergency=EmergencyAssessment(
            outcome="divert", rules=("L0.again-yes",), rules_version="L0/1"
        ),
        report_number="R-26-000042",
        question=Personal(subject=f"inquiry-{REPORT}", value="¿Quién quita los grafitis?"),
    ),
    InquiryAnswered(shown=(AnswerShown(answer="graffiti", edition=2, language="es"),)),
    InquiryLeftOpen(
        why="not-helpful",
        pin_hash=Personal(subject=f"inquiry-{REPORT}", value="$argon2id$v=19$..."),
    ),
    InquiryReplied(
        shown=(AnswerShown(answer="graffiti", edition=2, language="es"),),
        reply=Personal(subject=f"inquiry-{REPORT}", value="El dueño; la pintura la damos."),
    ),
    AnswerPublished(
        answer="graffiti",
        edition=1,
        subject="property",
        since=date(2026, 3, 1),
        until=date(2027, 1, 1),
        source="County code, chapter 14",
        origin="9f86d081" * 8,
        wordings={
            "en": Wording(title="Who removes graffiti?", text="The owner.", keywords=("tag",)),
            "es": Wording(title="¿Quién quita los grafitis?", text="El dueño."),
        },
    ),
    AnswerRevised(
        answer="graffiti",
        edition=2,
        subject="property",
        since=date(2026, 6, 1),
        source="County code, chapter 14",
        wordings={"en": Wording(title="Who removes graffiti?", text="The owner, with our paint.")},
    ),
    AnswerRetired(answer="graffiti", edition=2, on=date(2026, 12, 1)),
    ReportTriaged(
        report_id=REPORT,
        report_number="R-26-000042",
        emergency="confirm",
        type="vandalism",
        urgency=3,
        severity=2,
        desk="property",
        district="bermuda",
        anchor=EARLIER,
        links=(
            Link(
                report_id=EARLIER,
                report_number="R-26-000041",
                relation="same",
                distance_metres=12,
                minutes_apart=47,
            ),
        ),
        reasons=(
            Reason(of="emergency", rule="L0.weapon-unsure"),
            Reason(of="type", rule="declared", detail="0-9"),
        ),
        bundle="9f86d081884c7d65",
        decided_at=TAKEN,
    ),
    BundleActivated(
        bundle="9f86d081884c7d65" * 4,
        previous="2c26b46b68ffc68f" * 4,
        how="promoted",
        effective={"0": 18, "11": 4},
        reason="Fewer false links; despite gates: agreed",
        shadow=REPORT,
        despite_gates=True,
        approved_by="supervisor-2",
        gates=(GateFigure(gate="class_changed_percent", value=5.5, limit=5.0, passed=False),),
        activated_at=TAKEN,
    ),
    LinkRetracted(
        report_id=REPORT,
        report_number="R-26-000042",
        other_id=EARLIER,
        other_number="R-26-000041",
        reason="person",
        retracted_at=TAKEN,
    ),
    CallOpened(
        call_number="C-26-000042",
        report_id=REPORT,
        report_number="R-26-000042",
        type="vandalism",
        urgency=3,
        severity=2,
        emergency="confirm",
        desk="property",
        district="bermuda",
    ),
    ReportAttached(report_id=REPORT, report_number="R-26-000042", emergency="none"),
    UrgencyChanged(urgency=1, emergency="confirm", reason="attached-report"),
    CaseReviewed(outcome="accepted"),
    CaseNumberIssued(case_number="26-000017"),
    CaseAssigned(officer="officer-3", desk="property"),
    NoteAdded(note=Personal(subject=f"report-{REPORT}", value="Spoke to the neighbour.")),
    CaseResolved(dispositions=("report-taken", "cleared")),
    CaseKeptForStatistics(),
    LegalHoldPlaced(matter="CL26-0042"),
    LegalHoldLifted(matter="CL26-0042"),
    ErasureRequested(
        request_id=CAUSE,
        report_number="R-26-000042",
        basis="expungement",
        requested_by="supervisor-1",
    ),
    ErasureDeclined(request_id=CAUSE),
    ErasureApproved(request_id=CAUSE),
    SubjectErased(
        request_id=CAUSE,
        report_number="R-26-000042",
        basis="expungement",
        requested_by="supervisor-1",
        approved_by="administrator-2",
        keys=(
            DestroyedKey(subject=f"person-{REPORT}", fingerprint="0123456789abcdef" * 2, epoch=3),
            DestroyedKey(subject=f"report-{REPORT}", fingerprint="fedcba9876543210" * 2, epoch=3),
        ),
    ),
    SubjectSealed(report_number="R-26-000042", basis="sealing-order"),
    SubjectUnsealed(report_number="R-26-000042", basis="unsealing-order"),
    RecordsRequested(
        request_number="RR-26-000007",
        received_on=date(2026, 3, 2),
        due_on=date(2026, 3, 9),
        reports=("R-26-000042",),
    ),
    RecordsRequestExtended(due_on=date(2026, 3, 18)),
    RecordsReleased(
        reports=("R-26-000042",),
        redactions={"personal-information": 3},
        through=41,
        digest="9f86d081" * 8,
    ),
    RecordsRefused(exemptions=("active-investigation",)),
    CaseViewed(role="officer", number="26-000017", records=(CALL, REPORT)),
    ListingViewed(
        role="analyst", listing="case-status", filter={"desk": "property"}, cursor="1041", count=50
    ),
    PersonalDataRevealed(
        role="officer",
        number="26-000017",
        records=(CALL, REPORT),
        fields=("statement", "contact"),
        through_position=1041,
        until=TAKEN,
        reason="reporter-contact",
        explanation=Personal(subject=f"report-{REPORT}", value="Calls back A. Person."),
    ),
    ExportMade(
        role="auditor",
        form="bundle",
        numbers=("26-000017",),
        records=(CALL, REPORT),
        fields=("statement",),
        digest="9f86d081884c7d65" * 4,
        part=2,
        parts=3,
    ),
    ReplayRun(
        role="auditor",
        replay="show",
        number="26-000017",
        records=(CALL, REPORT),
        as_of="position 900",
        through_position=900,
    ),
    SignedIn(role="officer", method="development-password"),
    SignedOut(role="officer"),
    SignInRefused(account_hash="9f86d081884c7d65", reason="unknown-account", unrecorded_before=3),
)


def sample_envelopes() -> Iterator[Envelope]:
    """An envelope around each sample, its personal values sealed with a fixed nonce."""
    for event in SAMPLES:
        name = name_of(event)
        stream = STREAMS[type(event).__module__]
        envelope = Envelope(
            event_id=EVENT,
            type=name,
            stream_id=stream,
            version=7,
            occurred_at=TAKEN,
            recorded_at=COMMITTED,
            actor=Actor("officer-3", "agency", "web"),
            purpose=Purpose.LIVE,
            cause=Cause(CauseKind.COMMAND, CAUSE),
            correlation_id=REPORT,
            source=f"/blotter/{owner(name)}",
            data=event,
        )
        yield replace(envelope, data=_sealed(envelope))


def _sealed(envelope: Envelope) -> Event:
    """As `services.runtime.keyring.seal` does it, but for the nonce."""
    boxes: dict[str, Personal[Any]] = {}
    for name, personal in personal_fields(envelope.data):
        value = personal.value
        plain = (
            value.model_dump_json(exclude_defaults=True).encode()
            if isinstance(value, BaseModel)
            else orjson.dumps(value)
        )
        place = f"{envelope.event_id}/{name}".encode()
        box = NONCE + AESGCM(GOLDEN_KEY).encrypt(NONCE, plain, place)
        boxes[name] = Personal(subject=personal.subject, sealed=b64encode(box).decode())
    return envelope.data.model_copy(update=boxes)
