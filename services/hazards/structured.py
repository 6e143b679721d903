"""Layer L0: assess the seven structured safety answers (triage.md, Emergency).

Total and monotone: changing an answer from no to unsure to yes never lowers the outcome. Only the
explicit answer "not happening now" lowers an injury from divert to confirm; a missing answer never
lowers anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict

Answer = Literal["yes", "no", "unsure"]
Outcome = Literal["none", "confirm", "divert"]
InProgress = Literal["divert", "urgent"]

RULES_VERSION: Final = "L0/1"
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""From the least to the most serious."""
THREATS: Final = ("weapon", "fire_smoke_gas", "self_harm", "vulnerable_missing", "injury")
"""Questions whose yes is an emergency for every type of report."""
PRESENCE: Final = ("happening_now", "suspect_present")
"""Questions whose yes is an emergency only for some types; loud noise in progress is not one."""
SILENCE_IS_NO_INFORMATION: Final = ("import", "exercise")
"""Purposes of reports that need no response. Any other purpose, known or not, is treated as live.
"""


class SafetyAnswers(BaseModel):
    """The answers as given; None means not answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    happening_now: Answer | None = None
    injury: Answer | None = None
    weapon: Answer | None = None
    suspect_present: Answer | None = None
    fire_smoke_gas: Answer | None = None
    vulnerable_missing: Answer | None = None
    self_harm: Answer | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that fired, and its outcome."""

    rule: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Assessment:
    """The most serious outcome of the rules that fired, and these rules."""

    outcome: Outcome = "none"
    reasons: tuple[Reason, ...] = ()


def assess(answers: SafetyAnswers, in_progress: InProgress | None, purpose: str) -> Assessment:
    """Assess the answers of a report; `in_progress` is its type's rule, None for an unknown type.

    A question that a live report leaves unanswered counts as unsure.
    """
    silence: Answer | None = None if purpose in SILENCE_IS_NO_INFORMATION else "unsure"
    reasons: list[Reason] = []
    for question in (*THREATS, *PRESENCE):
        given: Answer | None = getattr(answers, question)
        answer = given or silence
        outcome, suffix = (
            _presence(answer, in_progress)
            if question in PRESENCE
            else _threat(question, answer, answers.happening_now)
        )
        if outcome != "none":
            answered = (given or "unanswered") + suffix
            rule = f"L0.{question.replace('_', '-')}-{answered}"
            reasons.append(Reason(rule=rule, outcome=outcome))
    return _assessment(reasons)


def maximum(*assessments: Assessment) -> Assessment:
    """The most serious of the assessments, with the reasons of all, each once."""
    return _assessment([reason for one in assessments for reason in one.reasons], *assessments)


def _threat(
    question: str, answer: Answer | None, happening_now: Answer | None
) -> tuple[Outcome, str]:
    if answer == "unsure":
        return "confirm", ""
    if answer != "yes":
        return "none", ""
    if question == "injury" and happening_now == "no":
        return "confirm", "-earlier"
    return "divert", ""


def _presence(answer: Answer | None, in_progress: InProgress | None) -> tuple[Outcome, str]:
    if answer not in ("yes", "unsure") or in_progress == "urgent":
        return "none", ""
    if in_progress is None:
        return "confirm", "-unknown-type"
    return ("divert" if answer == "yes" else "confirm"), ""


def _assessment(reasons: list[Reason], *assessments: Assessment) -> Assessment:
    outcomes = [held.outcome for held in reasons] + [held.outcome for held in assessments]
    return Assessment(
        outcome=max(outcomes, key=OUTCOMES.index, default="none"),
        reasons=tuple(dict.fromkeys(reasons)),
    )
