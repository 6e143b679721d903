"""The decider: what a command means for a state, and what an event makes of it. Both pure.

Source: Jérémie Chassaing, "Functional Event Sourcing Decider" (2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Command = TypeVar("Command")
State = TypeVar("State")
Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Decider(Generic[Command, State, Fact]):
    """`decide(command, state)` gives events (none for a repeat) or raises a refusal."""

    initial: State
    decide: Callable[[Command, State], Sequence[Fact]]
    evolve: Callable[[State, Fact], State]

    def fold(self, facts: Iterable[Fact]) -> State:
        """The state after all of `facts`."""
        return reduce(self.evolve, facts, self.initial)
