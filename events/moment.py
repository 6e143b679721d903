"""Moments: always with a zone, always written in one way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, always six decimals."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="microseconds") + "Z"


Moment = Annotated[
    AwareDatetime, PlainSerializer(timestamp, return_type=str, when_used="json-unless-none")
]
"""A time inside an event; one without a zone is refused."""
