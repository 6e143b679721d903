"""The AsyncAPI 3.0 document for partners: two topics, both CloudEvents modes, refusals, access.

Committed as `deploy/events/asyncapi.json`; a test compares it with what the code gives, another has
the official parser read it. Source: AsyncAPI 3.0.0; CloudEvents 1.0.2, Kafka binding.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from events.topics import PARTITIONS, Topics
from services.intake.contract import partner_messages as messages
from services.runtime.kafka.admin import FOREVER, SEVEN_DAYS

Document = dict[str, Any]
BINDING = "0.5.0"
PARTNER = "{partner}"
DESCRIPTION = """\
How a partner (another department, a vendor's system) tells Blotter of incidents, and reads what
became of each. CloudEvents 1.0 on Kafka; every partner has two topics of its own.

**Identity.** A record carries no authenticated sender. The access list of the inbound topic is the
partner's identity: only it may write there. `source` must be `/partners/<partner>` or a path below.

**Once.** The partner's own `id` is the identity of an event: send it again as often as you like,
with the same content. The same `id` with other content supplements the report, which keeps what was
said before; an answer to a referral does not change. Send again until the answer is there: records
are kept for seven days, and only the answer says that the report is safe.

**Nothing is dropped.** A fact that cannot be used (an absurd date, an unknown member) does not cost
the report: it is kept as given, with a warning. A record that cannot become a report at all (no
CloudEvent, a foreign source, an unknown type, neither description nor type) is a *dead letter*:
the original is kept whole and encrypted, the answer is `rejected` with the reason and the record's
place, and later records are not held up. After mending, staff may replay it; `accepted` follows.

**Tolerance.** Members may be added to answers at any time: pass over those you do not know.

**Trying.** `purpose` `exercise` is the sandbox: answered like any other, never counted, alarming
nobody, with ids of its own.

The same events may be sent over HTTP: see `docs/how-to/partner.md`.

In an emergency call 9-1-1: this way is for reports that can wait. An answer whose emergency is
`divert` says that this one cannot.
"""
DEAD_LETTERS = {
    "status": "rejected",
    "kept": "the original record, whole and encrypted, until it is replayed or its retention ends",
    "reasons": [
        "no data, not JSON, or not a CloudEvent 1.0 in structured or binary mode",
        "a header that is not UTF-8; a batch; nested too deeply; too large",
        "an attribute that is missing, empty, too long or holds control characters",
        "a source that is not the partner's own",
        "an unknown event type, or an unknown version of a known one; a dataschema of another",
        "a purpose that is neither live, import nor exercise, or said twice and differently",
        "neither description nor type",
        "an id that came before from another source, or with another type",
        "an answer to nothing that was referred, or another answer under an id that is known",
    ],
}


def asyncapi() -> Document:
    """The document, for JSON."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:blotter:partners",
        "info": {
            "title": "Blotter for partners",
            "version": version("blotter"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": "CloudEvents"}, {"name": "Kafka"}],
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {"inbound": _inbound(), "replies": _replies()},
        "operations": {"receiveIncident": _receive(), "answerIncident": _answer()},
        "components": {
            "messages": messages.messages(),
            "schemas": messages.schemas(),
            "securitySchemes": {
                "scram": {
                    "type": "scramSha512",
                    "description": "SASL/SCRAM over TLS: the user is the partner.",
                },
                "certificate": {
                    "type": "X509",
                    "description": "Mutual TLS: the certificate's subject is the partner.",
                },
            },
        },
    }


def _server() -> Document:
    schemes = ("scram", "certificate")
    return {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "The agency's brokers; addresses and credentials come from the agency.",
        "variables": {"bootstrap": {"description": "host:port, from the agency"}},
        "security": [{"$ref": f"#/components/securitySchemes/{each}"} for each in schemes],
    }


def _channel(address: str, title: str, description: str, retention: str) -> Document:
    topic = {"retention.ms": int(retention), "cleanup.policy": ["delete"]}
    return {
        "address": address,
        "title": title,
        "description": description,
        "parameters": {"partner": {"description": "The partner's name, agreed with the agency."}},
        "bindings": {
            "kafka": {
                "partitions": PARTITIONS,
                "topicConfiguration": topic,
                "bindingVersion": BINDING,
            }
        },
    }


def _inbound() -> Document:
    about = "Written by one partner, read by Blotter. Kept seven days: send again until answered."
    channel = _channel(Topics().inbound(PARTNER), "What a partner sends", about, SEVEN_DAYS)
    return channel | {
        "messages": _refer("messages", *messages.INBOUND),
        "x-topic-acl": [
            {"principal": "User:{partner}", "operations": ["WRITE", "DESCRIBE"]},
            {"principal": "User:blotter", "operations": ["READ", "DESCRIBE"]},
        ],
        "x-dead-letters": DEAD_LETTERS,
    }


def _replies() -> Document:
    about = "Written by Blotter, read by one partner. One answer an event, perhaps more than once."
    channel = _channel(Topics().replies(PARTNER), "What a partner is answered", about, FOREVER)
    return channel | {
        "messages": _refer("messages", messages.ANSWER),
        "x-topic-acl": [
            {"principal": "User:{partner}", "operations": ["READ", "DESCRIBE"]},
            {"principal": "User:blotter", "operations": ["WRITE", "DESCRIBE"]},
        ],
    }


def _receive() -> Document:
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/inbound"},
        "title": "A partner reports an incident, passes a call on, or answers a referral",
        "summary": "Either mode; decided by content-type, not by the presence of ce_ headers.",
        "messages": _links("inbound", *messages.INBOUND),
        "reply": {
            "channel": {"$ref": "#/channels/replies"},
            "messages": _links("replies", messages.ANSWER),
        },
    }


def _answer() -> Document:
    return {
        "action": "send",
        "channel": {"$ref": "#/channels/replies"},
        "title": "What became of an event",
        "summary": "accepted with a report number, or rejected with a reason.",
        "messages": _links("replies", messages.ANSWER),
    }


def _refer(kind: str, *names: str) -> Document:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


def _links(channel: str, *names: str) -> list[Document]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
