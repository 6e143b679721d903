"""Records of many partitions in about the order they were sent: causes before what they caused.

A fetch brings a lot of few partitions. Read as they come, most events of a long backlog would
arrive before their causes, and the ledger would store them twice: to wait, and in their place.
Pure.
"""

from __future__ import annotations

from itertools import takewhile
from math import inf
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.runtime.kafka.records import Place


class Sent(Protocol):
    """The part of a record that ordering needs."""

    @property
    def timestamp(self) -> int:
        """When it was sent, in milliseconds."""


Message = TypeVar("Message", bound=Sent)


class TimeOrder:
    """Holds records back until what other partitions have from before them has come, too.

    It is no promise: clocks differ, and never more than `at_most` records are held. Within a
    partition the order stays.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._held: dict[Place, list[Sent]] = {}
        self._reached: dict[Place, float] = {}

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def add(self, place: Place, messages: Sequence[Message]) -> None:
        """More of a partition, in its order."""
        if messages:
            self._held.setdefault(place, []).extend(messages)
            self._reached[place] = messages[-1].timestamp

    def take(self, behind: Collection[Place]) -> list[Sent]:
        """What need not be held: nothing from before it is to come from the places `behind`."""
        until = min((self._reached.get(place, -inf) for place in behind), default=inf)
        taken = self._take_until(until)
        return taken or (self.take_oldest() if len(self) > self._at_most else [])

    def take_oldest(self) -> list[Sent]:
        """About the older half of what is held, when the caller has to have records now."""
        sent = sorted(message.timestamp for held in self._held.values() for message in held)
        if not sent:
            return []
        return self._take_until(sent[len(sent) // 2]) or self._take_until(inf)

    def _take_until(self, until: float) -> list[Sent]:
        taken: list[Sent] = []
        for place, held in self._held.items():
            ready = list(takewhile(lambda message: message.timestamp <= until, held))
            self._held[place] = held[len(ready) :]
            taken += ready
        return taken
