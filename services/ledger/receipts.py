"""A receipt for one event, under the newest checkpoint that was cosigned, else the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.cosigning import store
from services.ledger.proofs import paths, signing
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.proofs.receipt import Receipt

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.runtime.database import Connection


class NotCoveredError(Exception):
    """The ledger has no such event, or its tree does not reach it so far."""


async def receipt(
    connection: Connection, log: signing.Log, event_id: UUID, moment: datetime
) -> Receipt:
    """Shows that the event is in the ledger, under a cosigned checkpoint where one covers it."""
    cursor = await connection.execute("select position from ledger where event_id = %s", [event_id])
    row = await cursor.fetchone()
    if row is None:
        raise NotCoveredError("no such event")
    signed = await store.newest_cosigned(connection, row[0])
    signed = signed or await signing.sign(connection, log, moment)
    size = Checkpoint.parse(note.split(signed)[0]).size
    if row[0] >= size:
        raise NotCoveredError("the tree is still being built up to it")
    return Receipt(row[0], await paths.inclusion(connection, row[0], size), signed)
