"""Envelope <-> CloudEvents 1.0 structured JSON, in one canonical encoding.

Canonical means: keys sorted, no white space, UTF-8, times as RFC 3339 UTC with six decimals. The
bytes are made once, at commit, and are from then on the owner's row, the Kafka value, the ledger's
leaf and the line of an export. Source: CloudEvents 1.0.2 JSON event format.
"""

from __future__ import annotations

from functools import lru_cache

import orjson

from events.envelope import MAXIMUM_BYTES, Actor, Cause, Envelope
from events.moment import timestamp
from events.registry import NAMES
from events.wire import parse

CONTENT_TYPE = "application/cloudevents+json"
CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


class TooLargeError(ValueError):
    """The event would not fit the ledger's leaf; refused at commit and never later."""


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


def decode(encoded: bytes) -> Envelope:
    """The envelope, its event brought to the newest version.

    UnknownEventError for a name this code does not know; ValueError or KeyError for foreign bytes.
    """
    attributes = parse(encoded)
    return Envelope(
        event_id=attributes["id"],
        type=attributes["type"],
        stream_id=attributes["subject"],
        version=attributes["streamversion"],
        occurred_at=attributes["time"],
        recorded_at=attributes["recordedtime"],
        actor=_actor(attributes["actor"], attributes["onbehalfof"], attributes["through"]),
        purpose=attributes["purpose"],
        cause=Cause.parse(attributes["causationid"]),
        correlation_id=attributes["correlationid"],
        source=attributes["source"],
        data=attributes["data"],
    )


@lru_cache(maxsize=256)
def _actor(who: str, on_behalf_of: str, through: str) -> Actor:
    """They are few, and they never change."""
    return Actor(who, on_behalf_of, through)
