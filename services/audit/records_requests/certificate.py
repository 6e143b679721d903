"""The certificate of a destruction, composed from the ledger, so that it can be checked there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from events.codec import decode
from events.envelope import subject_stream
from events.moment import timestamp
from events.personal import personal_fields
from events.subjects import ErasureRequested, SubjectErased
from services.projections import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from events.envelope import Envelope
    from services.agency.retention import Retention
    from services.runtime.database import Connection

LIMITS = (
    "Destroyed are the keys. The encrypted values stay in the ledger for ever, and nobody can read"
    " them. Copies of the wrapped keys in older rows, logs and backups are worthless once the key"
    " of their epoch is destroyed, and until then readable with that key only.",
    "Not covered: what was exported or printed before, what other agencies hold, a person's name in"
    " another report, and the facts that are not personal data here (place, time, type).",
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """In whose name, and by which dated rules, certificates are issued."""

    agency: str
    zone: ZoneInfo
    retention: Retention


async def certificate(
    connection: Connection, issuer: Issuer, request_id: UUID
) -> dict[str, Any] | None:
    """What was destroyed, when, on what basis and by whom; None when nothing was."""
    cursor = await connection.execute(
        "select key, report_number from personal_data where erased_request = %s", [str(request_id)]
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    own = await _stream(connection, subject_stream(row[0]))
    asked = _last(own, ErasureRequested, request_id)
    done = _last(own, SubjectErased, request_id)
    erased = cast("SubjectErased", done[1].data)
    found = await queries.find(connection, row[1])
    events = await queries.history(connection, *found) if found else []
    subjects = {key.subject for key in erased.keys}
    return {
        "certificate": str(request_id),
        "kind": "destruction of the keys to personal data",
        "agency": issuer.agency,
        "report_number": erased.report_number,
        "basis": _basis(issuer, asked[1], erased.basis),
        "requested": _act(asked, erased.requested_by),
        "approved": _act(done, erased.approved_by),
        "keys": [key.model_dump() for key in erased.keys],
        "ledger_positions": _concerned(events, subjects),
        "older_copies": await _epochs(connection, sorted({key.epoch for key in erased.keys})),
        "proof": f"/api/v1/audit/proof/inclusion?event={done[1].event_id}",
        "limits": list(LIMITS),
    }


async def _stream(connection: Connection, stream_id: str) -> list[tuple[int, Envelope]]:
    cursor = await connection.execute(
        "select position, body from ledger where stream_id = %s order by version", [stream_id]
    )
    return [(position, decode(bytes(body))) for position, body in await cursor.fetchall()]


def _last(
    own: Sequence[tuple[int, Envelope]],
    kind: type[ErasureRequested | SubjectErased],
    request_id: UUID,
) -> tuple[int, Envelope]:
    return next(
        (position, envelope)
        for position, envelope in reversed(own)
        if isinstance(envelope.data, kind) and envelope.data.request_id == request_id
    )


def _basis(issuer: Issuer, asked: Envelope, code: str) -> dict[str, str]:
    day = asked.recorded_at.astimezone(issuer.zone).date()
    basis = issuer.retention.basis(code, "erase", day)
    if basis is None:  # the row was taken out of the table since, which must not happen
        return {"code": code}
    return {
        "code": code,
        "title": basis.title,
        "citation": basis.citation,
        "in_force_since": basis.since.isoformat(),
    }


def _act(act: tuple[int, Envelope], by: str) -> dict[str, Any]:
    position, envelope = act
    return {
        "by": by,
        "at": timestamp(envelope.recorded_at),
        "ledger_position": position,
        "event": str(envelope.event_id),
    }


def _concerned(events: Sequence[tuple[int, bytes]], subjects: set[str]) -> list[dict[str, Any]]:
    """Where in the ledger the values lie that nobody can read any more."""
    found = []
    for position, body in events:
        envelope = decode(body)
        fields = [name for name, v in personal_fields(envelope.data) if v.subject in subjects]
        if fields:
            found.append({"position": position, "type": envelope.type, "fields": fields})
    return found


async def _epochs(connection: Connection, epochs: Sequence[int]) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        "select epoch, destroy_after, destroyed_at from key_epochs where epoch = any(%s)"
        " order by epoch",
        [list(epochs)],
    )
    return [
        {
            "epoch": epoch,
            "key_to_be_destroyed_after": timestamp(after) if after else None,
            "key_destroyed_at": timestamp(at) if at else None,
        }
        for epoch, after, at in await cursor.fetchall()
    ]
