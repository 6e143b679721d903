"""The call data of a shed call: when it rang at the 9-1-1 centre, its number, the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.intake import ShedCall
from services.intake.domain.submission import CONTROL, read_submission

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from services.intake.domain.submission import Submission

LONGEST = 100
REASONS = ("not-an-emergency", "overload", "other-jurisdiction", "other")
KNOWN = ("called_at", "number", "reason")


def read_shed_call(
    read: Submission, given: Any, sent_at: datetime | None, zone: ZoneInfo, now: datetime
) -> ShedCall:
    """Read `call` tolerantly; unusable members are kept in `read` as given, with a warning.

    Without a usable time of the call, the event's `time` is used.
    """
    call = given if isinstance(given, dict) else {}
    if given is not None and not isinstance(given, dict):
        read.keep("call", given, "not an object")
    for member in call.keys() - set(KNOWN):
        read.keep(f"call.{member}", call[member], "unknown field")
    called_at = _called_at(read, call.get("called_at"), zone, now)
    if called_at is None:
        called_at = sent_at
        substitute = "; the event's time stands for it" if sent_at else ""
        read.warnings.append(f"call.called_at: when it rang is not known{substitute}")
    return ShedCall(
        called_at=called_at,
        number=_text(read, "number", call.get("number")),
        reason=_reason(read, call.get("reason")),
    )


def _called_at(read: Submission, given: Any, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Read like every other time of a report."""
    as_time = read_submission({"occurred": {"from": given}}, frozenset(), zone, now)
    if given is not None and as_time.occurred_from is None:
        read.keep("call.called_at", given, "not a plausible time")
    return as_time.occurred_from


def _text(read: Submission, name: str, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or len(given) > LONGEST or CONTROL.search(given):
        read.keep(f"call.{name}", given, f"not a text of at most {LONGEST} characters")
        return None
    return given.strip() or None


def _reason(read: Submission, given: Any) -> str | None:
    if given is None or given in REASONS:
        return None if given is None else str(given)
    read.keep("call.reason", given, "none of " + ", ".join(REASONS))
    return None
