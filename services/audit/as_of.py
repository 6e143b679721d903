"""As of when: up to a ledger position, a time of recording, or a time of occurring. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, assert_never

from events.moment import timestamp

if TYPE_CHECKING:
    from services.projections.view import Entry

LONGEST_POSITION = 18
Kind = Literal["position", "recorded", "occurred"]


class BadAsOfError(Exception):
    """Not a position, not a time, or more than one of them; the message says what is valid."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was known at a position, what was recorded by a time, or what had happened by a time."""

    kind: Kind
    until: int | datetime

    @property
    def words(self) -> str:
        """As a person reads it and as the event of the read keeps it."""
        until = timestamp(self.until) if isinstance(self.until, datetime) else self.until
        return f"{self.kind} {until}"

    def reaches(self, entry: Entry) -> bool:
        """Whether the event is within it, looked at alone."""
        match self.kind:
            case "position":
                return entry.position <= self.until  # type: ignore[operator]
            case "recorded":
                return entry.envelope.recorded_at <= self.until  # type: ignore[operator]
            case "occurred":
                return entry.envelope.occurred_at <= self.until  # type: ignore[operator]
        assert_never(self.kind)

    def reaches_beyond(self, position: int) -> bool:
        """Whether it asks for positions after this one."""
        return isinstance(self.until, int) and self.until > position


def read_as_of(
    position: str | None, recorded: str | None, occurred: str | None, now: datetime
) -> AsOf | None:
    """The moment asked for, None for the present; BadAsOfError when the values are not valid."""
    asked: dict[Kind, str | None]
    asked = {"position": position, "recorded": recorded, "occurred": occurred}
    given = [(kind, text) for kind, text in asked.items() if text is not None]
    if not given:
        return None
    if len(given) > 1:
        names = " and ".join(kind for kind, _ in given)
        raise BadAsOfError(f"as of one thing at a time, not of {names}")
    kind, text = given[0]
    return AsOf(kind, _position(text) if kind == "position" else _time(text, now))


def _position(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_POSITION:
        raise BadAsOfError(f"a ledger position is a number from 0 upwards, not {text[:40]!r}")
    return int(text)


def _time(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadAsOfError(
            f"a time is written 2026-03-01T14:30:00-05:00 or …Z, not {text[:40]!r}"
        ) from None
    if moment.tzinfo is None:
        raise BadAsOfError("a time needs its offset: 2026-03-01T14:30:00-05:00, or Z for UTC")
    if moment > now:
        raise BadAsOfError("this time has not come yet: nobody knows what will be recorded by then")
    return moment
