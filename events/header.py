"""What a carrier needs of stored bytes, at a carrier's speed: the ledger reads every event's.

The rest of the bytes is passed over by the parser. An event's name is not resolved.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import NamedTuple
from uuid import UUID

import msgspec

from events.envelope import CauseKind

CAUSED = f"{CauseKind.EVENT.value}:"
KINDS = frozenset(kind.value for kind in CauseKind)


class Header(NamedTuple):
    """The attributes of one stored event that say where it belongs."""

    event_id: UUID
    type: str
    stream_id: str
    version: int
    recorded_at: datetime
    causing_event: UUID | None
    """The event of ours that must be in the ledger before this one."""


class _Attributes(msgspec.Struct):
    """As CloudEvents names them."""

    id: UUID
    type: str
    source: str
    subject: str
    streamversion: int
    time: datetime
    recordedtime: datetime
    causationid: str
    correlationid: UUID


_attributes = msgspec.json.Decoder(_Attributes)


def header(encoded: bytes) -> Header:
    """Read what a carrier needs; ValueError when these are not our bytes."""
    try:
        found = _attributes.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"not an event of ours: {error}") from None
    if found.recordedtime.tzinfo is None:
        raise ValueError("a time without a zone")
    return Header(
        found.id,
        found.type,
        found.subject,
        found.streamversion,
        found.recordedtime,
        _causing_event(found.causationid),
    )


def _causing_event(cause: str) -> UUID | None:
    if cause.startswith(CAUSED):
        return UUID(cause[len(CAUSED) :])
    if cause.partition(":")[0] not in KINDS:
        raise ValueError("a cause of an unknown kind")
    return None
