"""Topics, keys and partitions. The partition count is fixed for the life of a topic."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

PARTITIONS = 16

OWNED = {
    "intake": "reports",
    "triage": "triage",
    "casework": "cases",
    "access": "access",
}
"""Which service's events travel on which topic."""


def partition_of(stream_id: str) -> int:
    """The partition of a stream, the same in every process and for ever."""
    return crc32(stream_id.encode()) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Topics:
    """Names of topics under one prefix, `blotter` unless tests choose another."""

    prefix: str = "blotter"

    def of(self, service: str) -> str:
        """The topic that carries `service`'s events."""
        return f"{self.prefix}.{OWNED[service]}"

    @property
    def ours(self) -> tuple[str, ...]:
        """Every topic that carries our own events: what the ledger reads."""
        return tuple(f"{self.prefix}.{name}" for name in OWNED.values())

    @property
    def dead_letters(self) -> str:
        """Reason and pointer of what could not be read; the original stays in Postgres."""
        return f"{self.prefix}.dead-letters"

    def inbound(self, partner: str) -> str:
        """Where one partner publishes; its access list is the partner's identity."""
        return f"{self.prefix}.inbound.{partner}"

    def replies(self, partner: str) -> str:
        """Where one partner reads what became of its events."""
        return f"{self.prefix}.replies.{partner}"

    def partner_of(self, topic: str) -> str | None:
        """The partner whose inbound topic this is, if it is one."""
        start = f"{self.prefix}.inbound."
        return topic.removeprefix(start) if topic.startswith(start) else None
