"""Receipts for every event of a record, all under one checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.audit.record_events import record_events
from services.ledger.cosigning import store
from services.ledger.proofs import keys, paths, signing
from services.ledger.receipts import NotCoveredError
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.receipt import Receipt, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.audit.record_events import RecordEvents
    from services.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A receipt for each event, in order; `keys`: of those who signed the checkpoint."""

    number: str
    events: RecordEvents
    receipts: Sequence[Receipt]
    signed: str
    keys: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """`event` is the stored bytes as text: its leaf is SHA-256 of a zero byte and these."""
        checkpoint = Checkpoint.parse(note.split(self.signed)[0])
        return {
            "number": self.number,
            "log": checkpoint.origin,
            "size": checkpoint.size,
            "checkpoint": self.signed,
            "keys": list(self.keys),
            "items": [
                {
                    "position": entry.position,
                    "event_id": str(entry.envelope.event_id),
                    "type": entry.envelope.type,
                    "event": body.decode(),
                    "receipt": write(made),
                }
                for entry, body, made in zip(
                    self.events.entries, self.events.bodies, self.receipts, strict=True
                )
            ],
        }


async def prove_record(
    connection: Connection, log: signing.Log, number: str, moment: datetime
) -> ProvenRecord:
    """Under the newest cosigned checkpoint that covers the whole record, else the newest.

    What `record_events` raises, and NotCoveredError while the tree does not reach it.
    """
    found = await record_events(connection, number)
    last = found.entries[-1].position
    signed = await store.newest_cosigned(connection, last)
    signed = signed or await signing.sign(connection, log, moment)
    size = Checkpoint.parse(note.split(signed)[0]).size
    if last >= size:
        raise NotCoveredError("the tree is still being built up to it")
    receipts = [
        Receipt(entry.position, await paths.inclusion(connection, entry.position, size), signed)
        for entry in found.entries
    ]
    listed = [key.verifier for key in await keys.listed(connection)]
    return ProvenRecord(number, found, receipts, signed, listed)
