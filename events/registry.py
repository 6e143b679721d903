"""Stored names of events, explicit and for ever: independent of class and module names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import access, casework, inquiries, intake, records, subjects, triage

if TYPE_CHECKING:
    from events.envelope import Event

EVENTS: dict[str, type[Event]] = {
    "intake.report-submitted.v1": intake.ReportSubmitted,
    "intake.report-supplemented.v1": intake.ReportSupplemented,
    "intake.report-withdrawn.v1": intake.ReportWithdrawn,
    "intake.contact-rules-stated.v1": intake.ContactRulesStated,
    "intake.attachment-added.v1": intake.AttachmentAdded,
    "intake.referral-answer-received.v1": intake.ReferralAnswerReceived,
    "intake.inquiry-received.v1": inquiries.InquiryReceived,
    "intake.inquiry-answered.v1": inquiries.InquiryAnswered,
    "intake.inquiry-left-open.v1": inquiries.InquiryLeftOpen,
    "intake.inquiry-replied.v1": inquiries.InquiryReplied,
    "intake.answer-published.v1": inquiries.AnswerPublished,
    "intake.answer-revised.v1": inquiries.AnswerRevised,
    "intake.answer-retired.v1": inquiries.AnswerRetired,
    "triage.report-triaged.v1": triage.ReportTriaged,
    "triage.link-retracted.v1": triage.LinkRetracted,
    "triage.bundle-activated.v1": triage.BundleActivated,
    "casework.call-opened.v1": casework.CallOpened,
    "casework.report-attached.v1": casework.ReportAttached,
    "casework.urgency-changed.v1": casework.UrgencyChanged,
    "casework.case-reviewed.v1": casework.CaseReviewed,
    "casework.case-number-issued.v1": casework.CaseNumberIssued,
    "casework.case-assigned.v1": casework.CaseAssigned,
    "casework.note-added.v1": casework.NoteAdded,
    "casework.case-resolved.v1": casework.CaseResolved,
    "casework.case-kept-for-statistics.v1": casework.CaseKeptForStatistics,
    "casework.legal-hold-placed.v1": casework.LegalHoldPlaced,
    "casework.legal-hold-lifted.v1": casework.LegalHoldLifted,
    "casework.erasure-requested.v1": subjects.ErasureRequested,
    "casework.erasure-declined.v1": subjects.ErasureDeclined,
    "casework.erasure-approved.v1": subjects.ErasureApproved,
    "casework.subject-erased.v1": subjects.SubjectErased,
    "casework.subject-sealed.v1": subjects.SubjectSealed,
    "casework.subject-unsealed.v1": subjects.SubjectUnsealed,
    "casework.records-requested.v1": records.RecordsRequested,
    "casework.records-request-extended.v1": records.RecordsRequestExtended,
    "casework.records-released.v1": records.RecordsReleased,
    "casework.records-refused.v1": records.RecordsRefused,
    "access.case-viewed.v1": access.CaseViewed,
    "access.listing-viewed.v1": access.ListingViewed,
    "access.personal-data-revealed.v1": access.PersonalDataRevealed,
    "access.export-made.v1": access.ExportMade,
    "access.replay-run.v1": access.ReplayRun,
    "access.signed-in.v1": access.SignedIn,
    "access.signed-out.v1": access.SignedOut,
    "access.sign-in-refused.v1": access.SignInRefused,
}
NAMES: dict[type[Event], str] = {event: name for name, event in EVENTS.items()}


class UnknownEventError(Exception):
    """A stored name this version does not know: the reader stops, it does not skip."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown event type {name!r}: deploy readers before writers")


def owner(name: str) -> str:
    """The service that writes events of this stored name."""
    return name.partition(".")[0]
