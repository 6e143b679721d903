"""Which ways of contact are safe at a time: call, voice mail, message. No answer means no. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from events.intake import Answer

Way = Literal["call", "leave_message", "write"]
ANSWERS = ("yes", "no", "unsure")


@dataclass(frozen=True, slots=True)
class ContactRules:
    """The rules as stated last; hours are local times of the agency."""

    call: Answer = "unsure"
    leave_message: Answer = "unsure"
    write: Answer = "unsure"
    hours_from: str | None = None
    hours_to: str | None = None

    def permits(self, way: Way, local: datetime) -> bool:
        """Whether this way is safe at this local time; only a stated yes permits.

        Hours that end before they begin extend past midnight.
        """
        if getattr(self, way) != "yes":
            return False
        if self.hours_from is None or self.hours_to is None:
            return True
        begin, end = time.fromisoformat(self.hours_from), time.fromisoformat(self.hours_to)
        at = local.time()
        return begin <= at < end if begin <= end else at >= begin or at < end


def read_rules(given: Mapping[str, object]) -> tuple[ContactRules, list[str]]:
    """The rules in a request, and what of it could not be used. Never raises.

    An unreadable answer counts as unsure, which permits nothing; unreadable hours forbid every way.
    """
    doubts = []
    answers: dict[str, Answer] = {}
    for way in ("call", "leave_message", "write"):
        answer = given.get(way)
        if answer in ANSWERS:
            answers[way] = answer  # type: ignore[assignment]
        elif answer not in (None, ""):
            doubts.append(f"{way}: neither yes, no nor unsure: taken as unsure")
    begin, end = _time(given.get("hours_from")), _time(given.get("hours_to"))
    if begin and end and begin != end:
        return ContactRules(**answers, hours_from=begin, hours_to=end), doubts
    if given.get("hours_from") or given.get("hours_to"):
        doubts.append("hours: not two different times of day: no time is taken as safe")
        answers = {way: "no" if answer == "yes" else answer for way, answer in answers.items()}
    return ContactRules(**answers), doubts


def _time(given: object) -> str | None:
    if not isinstance(given, str):
        return None
    try:
        return time.fromisoformat(given.strip()).strftime("%H:%M")
    except ValueError:
        return None
