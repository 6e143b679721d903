"""Envelope <-> CloudEvents 1.0 structured JSON, in one canonical encoding.

Canonical means: keys sorted, no white space, UTF-8, times as RFC 3339 UTC with six decimals. The
bytes are made once, at commit, and are from then on the owner's row, the Kafka value, the ledger's
leaf and the line of an export. Source: CloudEvents 1.0.2 JSON event format.
"""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from events.envelope import MAXIMUM_BYTES, Actor, Cause, CauseKind, Envelope, Purpose
from events.moment import timestamp
from events.registry import EVENTS, NAMES, UnknownEventError
from events.upcasts import upcast

CONTENT_TYPE = "application/cloudevents+json"
TEXTS = ("id", "source", "type", "subject", "time", "recordedtime", "causationid", "correlationid")
_texts = itemgetter(*TEXTS)
CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


class TooLargeError(ValueError):
    """The event would not fit the ledger's leaf; refused at commit and never later."""


class Header(NamedTuple):
    """What a carrier needs of stored bytes, without resolving the event's name."""

    event_id: UUID
    type: str
    stream_id: str
    version: int
    recorded_at: datetime
    cause: Cause

    @property
    def causing_event(self) -> UUID | None:
        """The event of ours that must be in the ledger before this one."""
        return self.cause.id if self.cause.kind is CauseKind.EVENT else None


def encode(envelope: Envelope) -> bytes:
    """The canonical bytes; TooLargeError beyond 60,000, ValueError if a personal value is open."""
    attributes = {
        "specversion": "1.0",
        "id": str(envelope.event_id),
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.stream_id,
        "time": timestamp(envelope.occurred_at),
        "datacontenttype": "application/json",
        "streamversion": envelope.version,
        "recordedtime": timestamp(envelope.recorded_at),
        "actor": envelope.actor.who,
        "onbehalfof": envelope.actor.on_behalf_of,
        "through": envelope.actor.through,
        "purpose": envelope.purpose.value,
        "causationid": str(envelope.cause),
        "correlationid": str(envelope.correlation_id),
        "data": envelope.data.model_dump(mode="json", exclude_defaults=True),
    }
    encoded = orjson.dumps(attributes, option=CANONICAL)
    if len(encoded) > MAXIMUM_BYTES:
        raise TooLargeError(f"event of {len(encoded)} bytes; at most {MAXIMUM_BYTES}")
    return encoded


def name_of(envelope_data: object) -> str:
    """The stored name for an event object."""
    return NAMES[type(envelope_data)]  # type: ignore[index]


def header(encoded: bytes) -> Header:
    """Read the attributes a carrier needs; ValueError or KeyError when these are not our bytes."""
    return _header(_attributes(encoded))


def _attributes(encoded: bytes) -> dict[str, Any]:
    attributes = orjson.loads(encoded)
    if not isinstance(attributes, dict):
        raise ValueError("not a JSON object")
    if {*map(type, _texts(attributes))} != {str}:
        raise ValueError("an attribute is not a text")
    return attributes


def _header(attributes: dict[str, Any]) -> Header:
    return Header(
        event_id=UUID(attributes["id"]),
        type=attributes["type"],
        stream_id=attributes["subject"],
        version=attributes["streamversion"],
        recorded_at=datetime.fromisoformat(attributes["recordedtime"]),
        cause=Cause.parse(attributes["causationid"]),
    )


def decode(encoded: bytes) -> Envelope:
    """The envelope, its event brought to the newest version.

    UnknownEventError for a name this code does not know; ValueError or KeyError for foreign bytes.
    """
    attributes = _attributes(encoded)
    name, data = upcast(attributes["type"], attributes["data"])
    event = EVENTS.get(name)
    if event is None:
        raise UnknownEventError(name)
    return Envelope(
        event_id=UUID(attributes["id"]),
        type=name,
        stream_id=attributes["subject"],
        version=attributes["streamversion"],
        occurred_at=datetime.fromisoformat(attributes["time"]),
        recorded_at=datetime.fromisoformat(attributes["recordedtime"]),
        actor=Actor(attributes["actor"], attributes["onbehalfof"], attributes["through"]),
        purpose=Purpose(attributes["purpose"]),
        cause=Cause.parse(attributes["causationid"]),
        correlation_id=UUID(attributes["correlationid"]),
        source=attributes["source"],
        data=event.model_validate(data),
    )
