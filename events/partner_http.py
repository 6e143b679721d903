"""CloudEvents over HTTP, brought into the form they have on Kafka, so that one reader serves both.

The mode is decided by `content-type` alone; header values are percent-decoded (CloudEvents 1.0.2,
HTTP protocol binding §3). A batch becomes one structured message for each of its elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import orjson

from events.partner import STRUCTURED

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_JSON = "application/cloudevents+json"
BATCH = "application/cloudevents-batch"
STRUCTURED_TYPES = (STRUCTURED, EVENT_JSON)
JSON_TYPES = ("", "application/json", "text/json")


class MediaTypeError(ValueError):
    """The body is in a format we do not read; the message names those we do."""


class UnreadableBodyError(ValueError):
    """The body is no batch; the message says where it breaks off, without quoting it."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event in the form of the Kafka binding."""

    headers: tuple[tuple[str, bytes], ...]
    value: bytes


def messages(headers: Mapping[str, str], body: bytes) -> list[Message]:
    """The events of a request whose header names are in lower case."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == f"{BATCH}+json":
        return _batch(body)
    if media_type in STRUCTURED_TYPES:
        return [Message((("content-type", EVENT_JSON.encode()),), body)]
    json = media_type in JSON_TYPES or media_type.endswith("+json")
    if media_type.startswith(STRUCTURED) or not json:
        raise MediaTypeError(f"send {EVENT_JSON}, {BATCH}+json, or JSON with ce- headers")
    return [Message(tuple(_attributes(headers)), body)]


def _attributes(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    given = [
        (f"ce_{name.removeprefix('ce-')}", unquote_to_bytes(value.strip('"')))
        for name, value in headers.items()
        if name.startswith("ce-")
    ]
    return [("content-type", b"application/json"), *given]


def _batch(body: bytes) -> list[Message]:
    try:
        elements = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableBodyError(
            f"not JSON at line {error.lineno}, column {error.colno}"
        ) from None
    if not isinstance(elements, list):
        raise UnreadableBodyError("a batch is a JSON array of events")
    header = (("content-type", EVENT_JSON.encode()),)
    try:
        return [Message(header, orjson.dumps(element)) for element in elements]
    except orjson.JSONEncodeError:
        raise UnreadableBodyError("an element is nested too deeply") from None
