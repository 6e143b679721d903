"""A record's past as the replay and proof pages take it, with `text` where somebody wrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.casework import CallOpened, CaseAssigned, NoteAdded
from events.codec import name_of
from events.envelope import (
    Actor,
    Cause,
    CauseKind,
    Envelope,
    Event,
    Purpose,
    call_stream,
    report_stream,
)
from events.intake import EmergencyAssessment, ReportSubmitted, Statement
from events.personal import Personal
from services.audit.record_past import Past, Source
from services.audit.replay import known
from services.console.proof import proof_values
from services.console.replay import replay_values
from services.projections.personal.record import Record, Stored
from services.projections.personal.visible_fields import VisibleFields
from services.projections.view import Entry
from services.proofs.checkpoint import Checkpoint
from services.proofs.note import NoteSigner
from services.proofs.receipt import Receipt
from services.proofs.tree import leaf_hash
from services.runtime.identity import Role

REPORT, CALL = UUID(int=7001), UUID(int=7002)
NUMBER = "618-033-993"
RECORDED = datetime(2026, 3, 14, 20, 0, tzinfo=UTC)


def a_past(text: str) -> Past:
    """A report, the call it opened, an assignment and a note."""
    events: list[tuple[str, Event]] = [
        (
            report_stream(REPORT),
            ReportSubmitted(
                report_number=NUMBER,
                channel="web",
                type=text,
                safety={"weapon": "no"},
                emergency=EmergencyAssessment(outcome="none", rules=(text,), rules_version="L0/1"),
                statement=Personal[Statement](
                    subject=report_stream(REPORT), value=Statement(description=text)
                ),
            ),
        ),
        (
            call_stream(CALL),
            CallOpened(
                call_number=NUMBER,
                report_id=REPORT,
                report_number=NUMBER,
                type="theft",
                urgency=3,
                severity=3,
                emergency="none",
                desk=text,
            ),
        ),
        (call_stream(CALL), CaseAssigned(officer=text, desk="property")),
        (call_stream(CALL), NoteAdded(note=Personal[str](subject="s", value=text))),
    ]
    stored = tuple(
        Stored(10 + at, _envelope(at, *each, text), text.encode()) for at, each in enumerate(events)
    )
    entries = [Entry(each.position, each.envelope) for each in stored]
    return Past(
        Record(NUMBER, (CALL, REPORT), stored, {}),
        REPORT,
        {each.position: Source("blotter.cases", 3, 99) for each in stored},
        40,
        {each.envelope.event_id: each.position for each in stored},
        tuple(known(entries, None, REPORT)),
    )


def _envelope(at: int, stream: str, event: Event, text: str) -> Envelope:
    cause = Cause(CauseKind.EVENT, UUID(int=at)) if at else Cause(CauseKind.COMMAND, UUID(int=99))
    return Envelope(
        event_id=UUID(int=at + 1),
        type=name_of(event),
        stream_id=stream,
        version=at + 1,
        occurred_at=RECORDED,
        recorded_at=RECORDED,
        actor=Actor(text, "department", "console"),
        purpose=Purpose.LIVE,
        cause=cause,
        correlation_id=CALL,
        source="/test",
        data=event,
    )


def replayed(text: str, place: int) -> dict[str, Any]:
    """The replay page's values as of one event."""
    return replay_values(a_past(text), place, VisibleFields(Role.SUPERVISOR))


def not_yet(text: str) -> dict[str, Any]:
    """As of an event before anything was known under the number."""
    past = a_past(text)
    return replay_values(replace(past, report_id=None), 1, VisibleFields(Role.SUPERVISOR))


def proven(text: str) -> dict[str, Any]:
    """The proof page's values, of a ledger of one event."""
    stored = a_past(text).record.entries[0]
    signer = NoteSigner("blotter/test", bytes(32))
    checkpoint = Checkpoint("blotter/test", 1, leaf_hash(stored.body)).signed([signer])
    return proof_values(NUMBER, stored, Receipt(0, (), checkpoint))
