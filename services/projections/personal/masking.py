"""What stands for a personal value that is not revealed: its kind and length class. Pure.

The rule is to hide: whatever is not named here, a field added later included, reads `•••`. Shown
are the last two digits of a telephone number, so that two can be told apart, and whether it is safe
to contact somebody, for not to know that endangers them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

HIDDEN = "•••"
IN_THE_CLEAR = frozenset({"safe_to_contact"})
PROSE = frozenset(
    {"statement", "description", "note", "explanation", "location_text", "question", "reply"}
)
WHOLE = frozenset({"kept_as_given"})
"""Parts whose very keys were written by the reporting party."""
FEWEST_DIGITS = 7
"""A shorter number would be half told by its last two digits."""


def masked(name: str, value: object) -> object:
    """The value of the field `name` with everything about a person hidden."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_defaults=True)
    match value:
        case None:
            return None
        case bool() if name in IN_THE_CLEAR:
            return value
        case dict() if name not in WHOLE:
            return {key: masked(key, each) for key, each in value.items()}
        case list() | tuple() if name not in WHOLE:
            return [masked(name, each) for each in value]
        case str():
            return _text(name, value)
        case _:
            return HIDDEN


def _text(name: str, value: str) -> str:
    if name == "phone":
        digits = [each for each in value if each.isdecimal()]
        return f"{HIDDEN} {''.join(digits[-2:])}" if len(digits) >= FEWEST_DIGITS else HIDDEN
    if name == "email":
        return f"{HIDDEN}@{HIDDEN}"
    return f"{HIDDEN} ({_length(value)})" if name in PROSE else HIDDEN


def _length(text: str) -> str:
    """Three classes: the exact length could tell one text from another."""
    return "short" if len(text) < 80 else "some lines" if len(text) < 600 else "long"


def in_the_clear(value: Any) -> Any:
    """The value as plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    return value
