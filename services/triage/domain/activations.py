"""Which bundle decides which report: the activations of one stream, and their rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from events.triage import BundleActivated, GateFigure

STREAM: Final = "triage-bundle"
LONGEST_REASON: Final = 500


class NotNowError(Exception):
    """The bundle may not be activated or deactivated; the message says why."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A finished rehearsal as promotion needs it."""

    run_id: UUID
    bundle: str
    baseline: str
    began_at: datetime
    gates: tuple[GateFigure, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate passed and there is at least one."""
        return bool(self.gates) and all(gate.passed for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Activations:
    """All activations, in order."""

    past: tuple[BundleActivated, ...] = ()

    @property
    def newest(self) -> BundleActivated | None:
        """The active bundle's activation; None before the first start."""
        return self.past[-1] if self.past else None

    def at(self, partition: int, number: int | None) -> str:
        """The bundle for the report with this number in its partition.

        The same permanently, in every process. A number before the first activation is decided by
        the first bundle, a report without a number by the newest.
        """
        place = str(partition)
        for activated in reversed(self.past):
            if number is None or number >= activated.effective.get(place, 1):
                return activated.bundle
        return self.past[0].bundle

    @property
    def rollback_stack(self) -> list[str]:
        """The active bundle, last, after those that it would be rolled back to."""
        found: list[str] = []
        for activated in self.past:
            if activated.how == "rolled-back":
                found.pop()
            else:
                found.append(activated.bundle)
        return found


def may_promote(
    activations: Activations, bundle: str, rehearsals: Sequence[Rehearsal]
) -> tuple[bool, Rehearsal | None]:
    """Whether there is anything to do, and the rehearsal that decides it, passed or not.

    That is the newest rehearsal of exactly this bundle against the active one, begun after that was
    activated: any other says nothing about this change.
    """
    newest = activations.newest
    if newest is None:
        raise NotNowError("nothing is in force yet: triage has never been started")
    if newest.bundle == bundle:
        return False, None
    found = [
        each
        for each in rehearsals
        if (each.bundle, each.baseline) == (bundle, newest.bundle)
        and each.began_at > newest.activated_at
    ]
    return True, max(found, key=lambda each: each.began_at, default=None)


def check_gates(rehearsal: Rehearsal | None) -> None:
    """NotNowError unless this rehearsal passed its gates."""
    if rehearsal is None:
        raise NotNowError(
            "no finished rehearsal of this bundle against the one in force, begun since that came"
            " in force: run `blotter triage shadow --bundle`"
        )
    if not rehearsal.passed:
        failed = ", ".join(
            f"{gate.gate} {gate.value:g} (limit {gate.limit:g})"
            for gate in rehearsal.gates
            if not gate.passed
        )
        raise NotNowError(f"the rehearsal fails its gates: {failed or 'none were set'}")


def roll_back_to(activations: Activations, leave: str) -> str | None:
    """The bundle to activate when `leave` is deactivated; None when `leave` is not active."""
    rollback_stack = activations.rollback_stack
    if not rollback_stack or rollback_stack[-1] != leave:
        if leave in {each.bundle for each in activations.past}:
            return None
        raise NotNowError("this bundle was never in force")
    if len(rollback_stack) < 2:
        raise NotNowError("there is no earlier bundle to go back to")
    return rollback_stack[-2]


def checked_reason(reason: str) -> str:
    """The reason with single spaces; NotNowError when it is empty or too long."""
    words = " ".join(reason.split()).replace("\x00", "")
    if not words:
        raise NotNowError("a reason is needed")
    if len(words) > LONGEST_REASON:
        raise NotNowError(f"a reason has at most {LONGEST_REASON} characters")
    return words
