"""Finding answers and texts in a body that cannot be parsed, so that an emergency is still
assessed.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

from services.hazards.structured import SafetyAnswers

ANSWERS_BY_WEIGHT = ("no", "unsure", "yes")
SALVAGED = re.compile(
    rb'"(' + "|".join(SafetyAnswers.model_fields).encode() + rb')"\s*:\s*"?\s*(yes|no|unsure)',
    re.I,
)


QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)(\s*:)?', re.S)
"""A JSON string, perhaps cut off, and the colon if it is a member's name."""
FORM_VALUE = re.compile(r"(?:^|[&?])[^&=\s]{1,200}=([^&]*)")
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
MOST_SALVAGED = 60_000


def salvage_texts(raw: bytes) -> list[str]:
    """The texts in bytes that may be JSON, a form, or neither. Never raises."""
    whole = raw[:MOST_SALVAGED].decode("utf-8", "replace")
    if whole.lstrip()[:1] in ("{", "["):
        return [ESCAPED.sub(_unescaped, text) for text, named in QUOTED.findall(whole) if not named]
    values = FORM_VALUE.findall(whole)
    return [unquote_plus(value) for value in values or [whole]]


def _unescaped(found: re.Match[str]) -> str:
    code, letter = found.groups()
    return chr(int(code, 16)) if code else " " if letter in "nrt" else letter


def salvage_answers(raw: bytes) -> SafetyAnswers:
    """The worst answer to each safety question anywhere in the bytes. Never raises."""
    worst: dict[str, Any] = {}
    for name, answer in SALVAGED.findall(raw):
        key, given = name.decode().lower(), answer.decode().lower()
        if ANSWERS_BY_WEIGHT.index(given) > ANSWERS_BY_WEIGHT.index(worst.get(key, "no")):
            worst[key] = given
        worst.setdefault(key, given)
    return SafetyAnswers(**worst)
