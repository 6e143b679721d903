"""Partners' records from Kafka: each becomes a report or a dead letter, with a reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.intake import dead_letters
from services.intake.domain.inbound import RefusedError
from services.intake.handlers import OUTBOX
from services.intake.partners.reception import Receiving
from services.runtime.clock import now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.runtime.database import Connection
    from services.runtime.kafka import Record


@dataclass(frozen=True, slots=True)
class Inbound(Receiving):
    """The handler of the inbound consumer."""

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None:
        """Commit the outcome of each record; the caller's transaction moves the position."""
        arrived = [(self.topics.partner_of(record.topic) or "", record) for record in records]
        await self.receive(connection, arrived, now())

    async def replay(self, letter_id: UUID) -> None:
        """Process a dead letter again; RefusedError if it still cannot be used."""
        moment = now()
        async with self.intake.pool.connection() as connection, connection.transaction():
            record = await dead_letters.original(connection, self.intake.keyring, letter_id)
            if record is None:
                raise RefusedError("there is no such dead letter, or it is no longer kept")
            partner = self.topics.partner_of(record.topic) or ""
            (outcome,) = await self.receive(connection, [(partner, record)], moment)
            if outcome.status == "rejected":
                raise RefusedError(outcome.reason or "")
            await dead_letters.mark_replayed(connection, letter_id, moment)
        self.intake.wake.notify(OUTBOX)
