"""Handling a command: load a stream, decide, append; the same for every aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from services.runtime.event_store import ConflictError, Decided

if TYPE_CHECKING:
    from datetime import datetime

    from events.decider import Decider
    from services.runtime.database import Connection
    from services.runtime.event_store import EventStore, Occasion

Command = TypeVar("Command")
State = TypeVar("State")
Fact = TypeVar("Fact")


class StaleError(Exception):
    """The author saw another version than the one that is there now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the current version is {current}")
        self.current = current


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State]):
    """A stream as it stands: its version (0: it does not exist yet) and the folded state."""

    stream_id: str
    version: int
    state: State

    def check_seen(self, version: int | None) -> None:
        """StaleError unless this is the version that the author saw; None: whatever is there."""
        if version is not None and version != self.version:
            raise StaleError(self.version)


async def load(
    events: EventStore,
    connection: Connection,
    stream_id: str,
    decider: Decider[Any, State, Fact],
) -> Loaded[State]:
    """The stream with its state."""
    envelopes = await events.read(connection, stream_id)
    facts = (cast("Fact", envelope.data) for envelope in envelopes)
    return Loaded(stream_id, len(envelopes), decider.fold(facts))


async def decide_and_append(
    events: EventStore,
    connection: Connection,
    loaded: Loaded[State],
    decider: Decider[Command, State, Fact],
    command: Command,
    occasion: Occasion,
    moment: datetime,
    *,
    seen_version: int | None = None,
) -> tuple[Fact, ...]:
    """The events that the command caused, appended within the caller's transaction.

    The decider's refusals are raised; StaleError when `seen_version` is not the version that is
    there, or when somebody else appended meanwhile. None where a command changes nothing.
    """
    loaded.check_seen(seen_version)
    decided = tuple(decider.decide(command, loaded.state))
    try:
        await events.append(
            connection,
            [Decided(loaded.stream_id, loaded.version, cast("Any", decided), occasion)],
            moment,
        )
    except ConflictError:
        raise StaleError(loaded.version + 1) from None
    return decided
