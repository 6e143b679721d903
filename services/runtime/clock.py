"""The only place that reads the clock or makes a random id."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4


def now() -> datetime:
    """The present moment, UTC, microseconds."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """A clock for intervals, unrelated to the calendar."""
    return time.monotonic()


def new_id() -> UUID:
    """A random id, for a command that brings none."""
    return uuid4()


def random_digits(count: int) -> str:
    """`count` unpredictable decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))
