"""A delivery as a message, read tolerantly: a provider's mistake must not lose the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.intake.domain.salvage import salvage_texts
from services.intake.texting.mail import written

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_ADDRESS: Final = 320
UNWANTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
TELEPHONE: Final = re.compile(r"[^0-9A-Za-z+*#]")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message. `sender` is empty when there is no address to reply to."""

    message_id: str
    sender: str
    text: str
    attachments: int = 0
    automatic: bool = False
    """Written by a machine; a reply could start a loop."""
    trouble: str | None = None
    """Why it breaks the contract; the text is then whatever could be read."""


def read_incoming(
    channel: str, raw: bytes, trouble: str | None, above: tuple[str, ...] = ()
) -> Incoming:
    """The message in the body of a delivery. Never raises."""
    body = None if trouble else _object(raw)
    if body is None:
        text = clean("\n".join(salvage_texts(raw)))
        return Incoming(_own_id(raw), "", text, trouble=trouble or "unreadable")
    given = body.get("id")
    text = _text(body, "text")
    if channel == "email":
        text = written(text, _text(body, "html"), above)
        subject = _subject(_text(body, "subject"))
        text = f"{subject}\n{text}" if subject else text
    attachments = body.get("attachments")
    return Incoming(
        message_id=str(given) if isinstance(given, str | int) and given != "" else _own_id(raw),
        sender=_sender(channel, body.get("from")),
        text=clean(text),
        attachments=len(attachments) if isinstance(attachments, list) else 0,
        automatic=_is_automatic(body.get("headers")),
    )


def clean(text: str) -> str:
    """The text without control characters."""
    return UNWANTED.sub(" ", text.replace("\r\n", "\n")).strip()


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _own_id(raw: bytes) -> str:
    return sha256(raw).hexdigest()


def _text(body: Mapping[str, Any], name: str) -> str:
    """A member as text. Another JSON value is kept as its JSON text."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()


def _subject(subject: str) -> str:
    """The subject of a new message; the subject of a reply was ours."""
    line = " ".join(subject.split())
    return "" if re.match(r"(?i)(re|rv|aw|fwd?)\s*:", line) else line


def _sender(channel: str, value: object) -> str:
    if not isinstance(value, str):
        return ""
    if channel == "email":
        address = parseaddr(value)[1].strip().lower()
        return address if "@" in address and len(address) <= LONGEST_ADDRESS else ""
    return TELEPHONE.sub("", value)[:40]


def _is_automatic(headers: object) -> bool:
    """Whether the headers mark an automatic answer (RFC 3834)."""
    if not isinstance(headers, dict):
        return False
    given = {str(name).lower(): str(value).strip().lower() for name, value in headers.items()}
    submitted = given.get("auto-submitted", "no").partition(";")[0]
    return submitted != "no" or given.get("precedence") in ("bulk", "list", "junk", "auto_reply")
