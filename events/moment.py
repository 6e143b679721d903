"""Moments: always with a zone, always written in one way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, always six decimals."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Moment = Annotated[
    AwareDatetime, PlainSerializer(timestamp, return_type=str, when_used="json-unless-none")
]
"""A time inside an event; one without a zone is refused."""
