"""Assesses whether a question is an emergency, before any other step. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.hazards.structured import Assessment, Reason, SafetyAnswers, maximum
from services.hazards.texts import assess_texts
from services.intake.domain.report import assess_answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.agency.profile import AgencyProfile
    from services.hazards.structured import Answer

CLAUSE = re.compile(r"[,;:()\n\u2013\u2014]|\s-\s")
MOST_CLAUSES = 200
DANGER = "L0.again"
"""The rule of the single question about all dangers; its yes names no particular one."""


def assess_words(texts: Iterable[str]) -> Assessment:
    """The rules for free text, applied to a question.

    The rules weaken a danger inside a question, but people report emergencies inside questions
    ("whom do I call, he is not breathing"). So where the whole text gives "confirm", each clause is
    assessed by itself too.
    """
    given = list(texts)
    whole = assess_texts(given, "live")
    if whole.outcome != "confirm":
        return whole
    clauses = [clause for text in given for clause in CLAUSE.split(text, MOST_CLAUSES)]
    return maximum(whole, assess_texts(clauses, "live"))


def assess_inquiry(
    profile: AgencyProfile, texts: Iterable[str], danger: Answer | None
) -> Assessment:
    """The hazard rules on the words of a question, and on its asker's answer about danger.

    The answer about danger is optional, so a missing one has no meaning here.
    """
    words = assess_words(texts)
    if danger is None:
        return words
    answers = SafetyAnswers.model_validate(dict.fromkeys(SafetyAnswers.model_fields, danger))
    outcome = assess_answers(profile, answers, None, "live").outcome
    reasons = () if outcome == "none" else (Reason(f"{DANGER}-{danger}", outcome),)
    return maximum(words, Assessment(outcome, reasons))
