"""The safety answers in a body that cannot be read as a whole: an emergency is still seen."""

from __future__ import annotations

import re
from typing import Any

from services.hazards.structured import SafetyAnswers

ANSWERS_BY_WEIGHT = ("no", "unsure", "yes")
SALVAGED = re.compile(
    rb'"(' + "|".join(SafetyAnswers.model_fields).encode() + rb')"\s*:\s*"?\s*(yes|no|unsure)',
    re.I,
)


def salvage_answers(raw: bytes) -> SafetyAnswers:
    """The worst answer to each question that can be found anywhere in the bytes. Never raises."""
    worst: dict[str, Any] = {}
    for name, answer in SALVAGED.findall(raw):
        key, given = name.decode().lower(), answer.decode().lower()
        if ANSWERS_BY_WEIGHT.index(given) > ANSWERS_BY_WEIGHT.index(worst.get(key, "no")):
            worst[key] = given
        worst.setdefault(key, given)
    return SafetyAnswers(**worst)
