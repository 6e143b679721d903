"""A partner's answer to a referral: what it does about a report referred to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from events.intake import ReferralAnswer
from services.intake.domain.numbers import normalise
from services.intake.domain.submission import CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from events.intake import PartnerReference

ANSWERS: tuple[ReferralAnswer, ...] = get_args(ReferralAnswer)
KNOWN = frozenset({"report_number", "answer", "number", "expected_on", "words"})
LONGEST_NUMBER = 100
LONGEST_WORDS = 10_000


class UnusableAnswerError(ValueError):
    """The data is no usable answer; names the field, never its content."""


@dataclass(frozen=True, slots=True)
class AnsweredReferral:
    """The event as read; `cause_id` and `digest` as those of a report."""

    cause_id: UUID
    digest: bytes
    reference: PartnerReference
    source: str
    type: str
    purpose: str
    report_number: str
    answer: ReferralAnswer
    answered_at: datetime | None
    number: str | None = None
    expected_on: date | None = None
    words: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Facts:
    """Members of the event's data, and warnings."""

    report_number: str
    answer: ReferralAnswer
    number: str | None = None
    expected_on: date | None = None
    words: str | None = None
    warnings: list[str] = field(default_factory=list)


def read_facts(data: Mapping[str, Any]) -> Facts:
    """Read the data; UnusableAnswerError unless it has a report number and a known answer.

    Other members that cannot be used are left out with a warning; the free text is kept.
    """
    given = data.get("report_number")
    number = normalise(given) if isinstance(given, str) else None
    if number is None:
        raise UnusableAnswerError("report_number: no such number can exist")
    answer = next((each for each in ANSWERS if each == data.get("answer")), None)
    if answer is None:
        raise UnusableAnswerError("answer: none of " + ", ".join(ANSWERS))
    facts = Facts(number, answer)
    for member in sorted(data.keys() - KNOWN):
        facts.warnings.append(f"{str(member)[:60]}: unknown field; not used")
    facts.number = _text(facts, data, "number", LONGEST_NUMBER)
    facts.words = _text(facts, data, "words", LONGEST_WORDS)
    facts.expected_on = _day(facts, data.get("expected_on"))
    return facts


def _text(facts: Facts, data: Mapping[str, Any], name: str, longest: int) -> str | None:
    given = data.get(name)
    if given is None:
        return None
    if not isinstance(given, str) or (name == "number" and CONTROL.search(given)):
        facts.warnings.append(f"{name}: not a text; not used")
        return None
    if len(given) > longest:
        facts.warnings.append(f"{name}: only its first {longest} characters are used")
    return given[:longest].strip() or None


def _day(facts: Facts, given: Any) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        facts.warnings.append("expected_on: not a day such as 2026-04-01; not used")
        return None
