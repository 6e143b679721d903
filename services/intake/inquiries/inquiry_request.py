"""A question over HTTP: read it tolerantly and assess it first. Never raises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from services.hazards.structured import Answer
from services.intake.domain.salvage import salvage_texts
from services.intake.inquiries.assessing import assess_inquiry
from services.intake.inquiries.inquiry_submission import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.intake import Channel
    from services.agency.profile import AgencyProfile, EmergencyTexts

DANGER = re.compile(rb'"?danger"?\s*[=:]\s*"?(yes|unsure|no)\b', re.I)
MOST_CHARACTERS = 10_000
"""A longer question is assessed whole and refused."""


@dataclass(frozen=True, slots=True)
class Read:
    """A question, the emergency to state, and what was wrong with the request."""

    question: Question
    emergency: dict[str, str]
    trouble: str | None = None


def read_question(
    profile: AgencyProfile,
    texts: EmergencyTexts,
    given: Mapping[str, Any],
    channel: Channel,
    language: str,
    key: str | None,
    trouble: str | None = None,
    raw: bytes = b"",
) -> Read:
    """The question in `given`, a form or a JSON body; the instruction is in the language of
    `texts`.

    `raw`: the bytes, given when the request could not be read completely.
    """
    given_text = given.get("question")
    text = given_text.strip() if isinstance(given_text, str) else ""
    danger = given.get("danger") or _salvaged(raw)
    answer = cast("Answer", danger) if danger in get_args(Answer) else None
    # An incomplete or unreadable body may contain more than was parsed.
    assessment = assess_inquiry(profile, [text, *(salvage_texts(raw) if raw else ())], answer)
    emergency = {
        "outcome": assessment.outcome,
        "instruction": texts.instruction(assessment.outcome),
    }
    if not trouble and len(text) > MOST_CHARACTERS:
        trouble = "too-large"
    if not trouble and not text:
        trouble = "empty"
    in_doubt = assessment.outcome == "confirm" and answer != "no"
    question = Question(text, language, assessment, channel, key, in_doubt)
    return Read(question, emergency, trouble)


def _salvaged(raw: bytes) -> str | None:
    """The worst answer about danger anywhere in the bytes."""
    answers = {found.decode().lower() for found in DANGER.findall(raw)}
    return next((each for each in ("yes", "unsure", "no") if each in answers), None)
