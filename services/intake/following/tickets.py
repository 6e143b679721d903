"""Proof that number and PIN were given within the hour; forms carry it instead of the PIN."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson
from cryptography.exceptions import InvalidTag

if TYPE_CHECKING:
    from services.runtime.keyring import Keyring

LASTS = timedelta(minutes=60)
PLACE = "follow-up ticket"
LONGEST = 400


def make_ticket(keyring: Keyring, report_number: str, moment: datetime) -> str:
    """A ticket for this report, valid for one hour."""
    content = orjson.dumps([report_number, moment + LASTS])
    return urlsafe_b64encode(keyring.encrypt(content, PLACE)).decode()


def read_ticket(keyring: Keyring, ticket: str, moment: datetime) -> str | None:
    """The report number of the ticket; None when it is expired, altered or invalid."""
    try:
        box = urlsafe_b64decode(ticket[:LONGEST].encode())
        number, until = orjson.loads(keyring.decrypt(box, PLACE))
    except (ValueError, InvalidTag):
        return None
    return str(number) if moment < datetime.fromisoformat(until) else None
