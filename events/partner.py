"""Events from partners, structured or binary mode, read tolerantly and trusted with nothing.

The mode is decided by `content-type` alone (CloudEvents 1.0.2 Kafka binding §3); a key is not an
attribute; an event without data is of no use to us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

STRUCTURED = "application/cloudevents"
DEEPEST = 32
"""Levels of lists and objects; nothing that people report is deeper, and folds must bear it."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class UndecodableError(ValueError):
    """These bytes are no CloudEvent we can read; the message says why, without quoting them."""


@dataclass(frozen=True, slots=True)
class PartnerEvent:
    """A partner's event: its own id and source, still untrusted."""

    id: str
    source: str
    type: str
    time: datetime | None
    purpose: str | None
    data: dict[str, Any]
    dataschema: str | None = None


def decode_partner(
    headers: Iterable[tuple[str, bytes | None]], value: bytes | None
) -> PartnerEvent:
    """Read either mode; UndecodableError with the reason otherwise."""
    if not value:
        raise UndecodableError("no data")
    try:
        texts = {name.lower(): content.decode() for name, content in headers if content is not None}
    except UnicodeDecodeError:
        raise UndecodableError("a header is not UTF-8") from None
    content_type = texts.get("content-type", "").strip().lower()
    if content_type.startswith(STRUCTURED):
        return _event(*_structured(content_type, value))
    attributes = {
        name.removeprefix("ce_"): text for name, text in texts.items() if name[:3] == "ce_"
    }
    return _event(attributes, _json_object(value, "data"))


def _structured(content_type: str, value: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    if content_type.startswith(STRUCTURED + "-batch"):
        raise UndecodableError("batches are not used on Kafka")
    attributes = _json_object(value, "structured event")
    data = attributes.pop("data", None)
    if not isinstance(data, dict):
        raise UndecodableError("data is not a JSON object")
    return attributes, data


def _json_object(value: bytes, what: str) -> dict[str, Any]:
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise UndecodableError(f"{what} is not JSON") from None
    if not isinstance(parsed, dict):
        raise UndecodableError(f"{what} is not a JSON object")
    if _is_deeper(parsed, DEEPEST):
        raise UndecodableError(f"{what} is nested more than {DEEPEST} levels deep")
    return parsed


def _is_deeper(node: object, levels: int) -> bool:
    if isinstance(node, dict):
        node = list(node.values())
    if not isinstance(node, list):
        return False
    return levels == 0 or any(_is_deeper(child, levels - 1) for child in node)


def _event(attributes: dict[str, Any], data: dict[str, Any]) -> PartnerEvent:
    if attributes.get("specversion") != "1.0":
        raise UndecodableError("specversion is not 1.0")
    required = {name: attributes.get(name) for name in ("id", "source", "type")}
    for name, text in required.items():
        if not isinstance(text, str) or not text or len(text) > 500:
            raise UndecodableError(f"attribute {name} is missing, empty or too long")
        if CONTROL.search(text):
            raise UndecodableError(f"attribute {name} holds a control character")
    purpose = attributes.get("purpose")
    if purpose is not None and not isinstance(purpose, str):
        raise UndecodableError("attribute purpose is not a text")
    dataschema = attributes.get("dataschema")
    if dataschema is not None and not isinstance(dataschema, str):
        raise UndecodableError("attribute dataschema is not a text")
    return PartnerEvent(
        id=str(required["id"]),
        source=str(required["source"]),
        type=str(required["type"]),
        time=_time(attributes.get("time")),
        purpose=purpose,
        data=data,
        dataschema=dataschema,
    )


def _time(text: object) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise UndecodableError("attribute time is not RFC 3339") from None
    if moment.tzinfo is None:
        raise UndecodableError("attribute time has no zone")
    return moment
