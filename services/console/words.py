"""Values of events as a person reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from events.moment import timestamp


def in_words(value: Any) -> str:
    """A field's value for a person: models and lists in words, not in JSON."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, dict):
        return ", ".join(
            f"{name.replace('_', ' ')}: {in_words(each)}" for name, each in value.items()
        )
    if isinstance(value, tuple | list):
        flat = all(isinstance(each, str) for each in value)
        return (", " if flat else "; ").join(map(in_words, value))
    return timestamp(value) if isinstance(value, datetime) else str(value)
