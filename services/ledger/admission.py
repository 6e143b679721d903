"""Which events and streams the ledger holds already, as its one writer needs it to append."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from events.header import Header
    from services.ledger.proofs.growth import Trunk

AT_MOST = 100_000
"""Events remembered, some tens of MB; beyond that it begins anew."""


class ForkedStreamError(Exception):
    """Two different events claim one version of a stream: never resolved by software."""


class Leaf(NamedTuple):
    """An event about to be appended, with where it came from."""

    header: Header
    topic: str
    partition: int
    number: int
    body: bytes


@dataclass(slots=True)
class Known:
    """What the ledger holds of the ids and streams that a batch touches."""

    ids: set[UUID]
    heads: dict[str, int]

    def has(self, leaf: Leaf) -> bool:
        """Whether the event is in the ledger; ForkedStreamError when another has its version."""
        if leaf.header.event_id in self.ids:
            return True
        if leaf.header.version <= self.heads.get(leaf.header.stream_id, 0):
            raise ForkedStreamError(f"{leaf.header.stream_id}@{leaf.header.version}")
        return False

    def can_follow(self, leaf: Leaf) -> bool:
        """Whether the event's cause and predecessor are in the ledger."""
        cause = leaf.header.causing_event
        head = self.heads.get(leaf.header.stream_id, 0)
        return leaf.header.version == head + 1 and (cause is None or cause in self.ids)

    def add(self, leaf: Leaf) -> None:
        """Note that the event was appended."""
        self.ids.add(leaf.header.event_id)
        self.heads[leaf.header.stream_id] = leaf.header.version


@dataclass(slots=True)
class Memory:
    """What one writer keeps from batch to batch, as long as it is shown to hold.

    It holds while the ledger is just what this writer left: the tree's root is the proof. Another
    writer, or a transaction that was rolled back, gives another root, and the ledger is asked anew.
    """

    known: Known = field(default_factory=lambda: Known(set(), {}))
    left: bytes | None = None

    @contextmanager
    def at(self, trunk: Trunk) -> Iterator[tuple[Known, bool]]:
        """What is known of a ledger grown to `trunk`, and whether that is the one we left."""
        trusted = self.left is not None and self.left == _seal(trunk)
        if not trusted or len(self.known.ids) > AT_MOST:
            self.known, trusted = Known(set(), {}), False
        self.left = None
        yield self.known, trusted
        self.left = _seal(trunk)


def _seal(trunk: Trunk) -> bytes | None:
    """None while the tree does not cover the ledger: then nothing shows what was left."""
    return b"%d " % trunk.size + trunk.tree.root() if trunk.whole else None
