"""One event with all that shows it is in the ledger, for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.projections.proofs.receipts import receipt
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.encoding import to_base64
from services.proofs.tree import leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.projections.proofs.signing import Log
    from services.runtime.database import Connection

EVENT_SQL = """
select type, stream_id, version, recorded_at, topic, partition, number, body
from ledger where event_id = %s
"""


@dataclass(frozen=True, slots=True)
class Proven:
    """Hashes are in base64, as in the receipt; `checkpoint` is the signed note as it stands."""

    event_id: UUID
    index: int
    type: str
    stream: str
    version: int
    recorded_at: datetime
    source: str
    leaf_hash: str
    path: tuple[str, ...]
    size: int
    root: str
    origin: str
    checkpoint: str


async def proven(connection: Connection, log: Log, event_id: UUID, moment: datetime) -> Proven:
    """The event's proof, computed and checked; NotCoveredError, or ProofError if it does not hold.

    What is checked is that leaf and path give the checkpoint's root: not who signed that.
    """
    found = await receipt(connection, log, event_id, moment)
    checkpoint = Checkpoint.parse(note.split(found.checkpoint)[0])
    cursor = await connection.execute(EVENT_SQL, [event_id])
    row = await cursor.fetchone()
    assert row is not None  # the ledger only grows, and the receipt found it
    leaf = leaf_hash(bytes(row[7]))
    verify_inclusion(found.index, checkpoint.size, leaf, found.path, checkpoint.root)
    return Proven(
        event_id, found.index, row[0], row[1], row[2], row[3], f"{row[4]}/{row[5]}@{row[6]}",
        to_base64(leaf), tuple(map(to_base64, found.path)), checkpoint.size,
        to_base64(checkpoint.root), checkpoint.origin, found.checkpoint,
    )  # fmt: skip
