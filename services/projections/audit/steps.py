"""A record seen event by event: what was known then, and what the event changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.projections.audit.as_of import AsOf
from services.projections.audit.queries import UnknownNumberError
from services.projections.audit.replay import known
from services.projections.audit.showing import shown

if TYPE_CHECKING:
    from services.projections.audit.queries import Past
    from services.projections.personal.sight import Sight


class NoSuchStepError(Exception):
    """Not the number of one of the record's events; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Step:
    """The `number`th of the record's `count` events, counted from 1; `as_of` is None at the last.

    The last step is the present: it goes on being the present when the ledger grows.
    """

    number: int
    count: int
    position: int

    @property
    def as_of(self) -> AsOf | None:
        """As of when the record is shown."""
        return None if self.number == self.count else AsOf("position", self.position)


def step_of(past: Past, asked: str | None) -> Step:
    """The step that was asked for, by default the last; NoSuchStepError when there is none."""
    positions = [entry.position for entry in known(past.entries, None, past.report_id)]
    count = len(positions)
    if asked is None:
        return Step(count, count, positions[-1])
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= len(str(count))
    if not is_number or not 1 <= int(asked) <= count:
        raise NoSuchStepError(f"this record's events are numbered from 1 to {count}")
    return Step(int(asked), count, positions[int(asked) - 1])


def shown_at(past: Past, step: Step, seen: Sight) -> dict[str, Any] | None:
    """The state at a step; None before anything was known under the number asked for."""
    try:
        return shown(past, step.as_of, seen)
    except UnknownNumberError:
        return None
