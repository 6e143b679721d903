"""Which events are a record's: what every question about a number has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.casework import CaseNumberIssued
from events.envelope import id_in, report_stream, subject_stream, triage_stream
from events.intake import ReportSubmitted
from services.audit.belonging import Belonging, decoded, own_streams
from services.audit.by_number import searched, view_lead
from services.audit.refusals import MisledError, UnknownNumberError
from services.audit.replay import known, reports_in
from services.projections.view import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.audit.by_number import Lead
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """In ledger order, with the bytes as stored. `report_id`: of the report that has the number;
    None when it is a case's."""

    report_id: UUID | None
    entries: tuple[Entry, ...]
    bodies: tuple[bytes, ...]

    @property
    def ids(self) -> tuple[UUID, ...]:
        """The call, if there is one, then its reports in the order they came to it."""
        streams = dict.fromkeys(entry.envelope.stream_id for entry in self.entries)
        calls = [id_in(stream) for stream in streams if stream.startswith("call-")]
        reports = reports_in(self.entries) or [each for each in [self.report_id] if each]
        return (*calls, *reports)


async def record_events(
    connection: Connection, number: str, through: int | None = None
) -> RecordEvents:
    """The record's events up to a position, of the call with the reports it had by then.

    UnknownNumberError when nothing had the number then, MisledError when a view leads to events
    that do not say it, CannotReplayError for an event that is none of ours.
    """
    lead, found = await view_lead(connection, number), Belonging()
    streams = _led_to(lead) or await searched(connection, number)
    await own_streams(connection, found, streams)
    every = [Entry(at, decoded(at, body)) for at, _, body in found.in_order()]
    _check(number, lead, every)
    entries = [each for each in every if through is None or each.position <= through]
    report_id, is_numbered = _numbered(number, entries)
    if not is_numbered:
        raise UnknownNumberError(f"no report, call or case had this number at position {through}")
    entries = known(entries, None, report_id)
    return RecordEvents(
        report_id, tuple(entries), tuple(bytes(found.stored[each.position][2]) for each in entries)
    )


def _led_to(lead: Lead) -> set[str]:
    streams = {lead.call} if lead.call else set()
    if lead.report:
        report = id_in(lead.report)
        streams |= {report_stream(report), triage_stream(report), subject_stream(report)}
    return streams


def _check(number: str, lead: Lead, entries: Sequence[Entry]) -> None:
    if lead.named is None:
        return
    own = [entry for entry in entries if entry.envelope.stream_id == lead.named]
    if not _numbered(number, own)[1]:
        raise MisledError("a view leads from this number to a record whose events do not say it")
    if lead.report and lead.call:
        call = [entry for entry in entries if entry.envelope.stream_id == lead.call]
        if id_in(lead.report) not in reports_in(call):
            raise MisledError("a view leads from this report to a call that does not hold it")


def _numbered(number: str, entries: Sequence[Entry]) -> tuple[UUID | None, bool]:
    """The report of this number, and whether any event gives the number at all."""
    is_numbered = False
    for entry in entries:
        match entry.envelope.data:
            case ReportSubmitted(report_number=each) if each == number:
                return id_in(entry.envelope.stream_id), True
            case CaseNumberIssued(case_number=each) if each == number:
                is_numbered = True
            case _:
                pass
    return None, is_numbered
