"""Applying records once: position and effects in one transaction, poison parked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.runtime.database import TRANSIENT
from services.runtime.event_store import ConflictError
from services.runtime.log import correlated, logger
from services.runtime.parking import park, parked_batch, parked_streams, unpark
from services.runtime.positions import admit, lock_positions, move_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.runtime.database import Connection, Pool
    from services.runtime.kafka import Record
    from services.runtime.positions import Admission

ATTEMPTS = 3


class Handler(Protocol):
    """A consumer's work: the effects of `records`, on the connection of the open transaction."""

    async def __call__(self, connection: Connection, records: Sequence[Record]) -> None: ...


class StopError(Exception):
    """The consumer cannot go on without a person; the process ends and is seen to end."""


class Inbox:
    """One consumer's way of applying records exactly once.

    `committed` is called after each commit that applied something, to wake the loops that wait for
    it. Within the transaction it would be too early: they would not see the change yet.
    """

    def __init__(
        self,
        consumer: str,
        pool: Pool,
        handle: Handler,
        committed: Callable[[], None],
        *,
        gaps_allowed: bool = False,
    ) -> None:
        self.consumer = consumer
        self.pool = pool
        self._handle = handle
        self._committed = committed
        self._gaps_allowed = gaps_allowed

    async def apply(self, records: Sequence[Record], handle: Handler | None = None) -> Admission:
        """Apply what is next of `records`; gives what was admitted. Postgres errors are raised.

        `handle` takes the place of the consumer's handler where it knows more of these records.
        """
        with correlated():
            return await self._apply_with_retries(records, handle or self._handle)

    async def _apply_with_retries(self, records: Sequence[Record], handle: Handler) -> Admission:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._apply(records, handle, one_by_one=attempt == ATTEMPTS)
            except TRANSIENT:
                raise
            except StopError:
                raise
            except ConflictError:
                continue
            except Exception:
                if attempt == ATTEMPTS:
                    raise
                logger().exception("inbox.batch-failed", consumer=self.consumer)
        raise AssertionError

    async def _apply(
        self, records: Sequence[Record], handle: Handler, *, one_by_one: bool
    ) -> Admission:
        places = sorted({record.place for record in records})
        async with self.pool.connection() as connection, connection.transaction():
            positions = await lock_positions(connection, self.consumer, places)
            admission = admit(records, positions, gaps_allowed=self._gaps_allowed)
            parked = await parked_streams(connection, self.consumer)
            held = [r for r in admission.apply if parked and r.key in parked]
            flowing = [r for r in admission.apply if r not in held] if held else admission.apply
            await park(connection, self.consumer, held, "follows a parked event of its stream")
            if one_by_one:
                await self._one_by_one(connection, flowing, handle)
            elif flowing:
                await handle(connection, flowing)
            await move_positions(connection, self.consumer, admission, positions)
        if admission.apply:
            self._committed()
        if admission.gaps:
            logger().error("inbox.gap", consumer=self.consumer, gaps=_readable(admission))
        return admission

    async def _one_by_one(
        self, connection: Connection, records: Sequence[Record], handle: Handler
    ) -> None:
        """Each record on its own savepoint; one that fails parks its stream."""
        stuck: set[bytes | None] = set()
        for record in records:
            reason = "follows a parked event of its stream"
            if record.key not in stuck:
                try:
                    async with connection.transaction():
                        await handle(connection, [record])
                    continue
                except (*TRANSIENT, StopError):
                    raise
                except Exception as error:
                    logger().exception("inbox.parked", consumer=self.consumer, number=record.number)
                    reason = type(error).__name__
            stuck.add(record.key)
            await park(connection, self.consumer, [record], reason)

    async def drain_parked(self) -> int:
        """Try parked records again, each stream in order; gives how many were mended."""
        mended = 0
        async with self.pool.connection() as connection, connection.transaction():
            stuck: set[bytes | None] = set()
            for record in await parked_batch(connection, self.consumer):
                if record.key in stuck:
                    continue
                try:
                    async with connection.transaction():
                        await self._handle(connection, [record])
                        await unpark(connection, self.consumer, record)
                    mended += 1
                except (*TRANSIENT, StopError):
                    raise
                except Exception:
                    logger().exception("inbox.still-parked", number=record.number)
                    stuck.add(record.key)
        if mended:
            self._committed()
        return mended


def numbered_by_offset(records: Sequence[Record]) -> list[Record]:
    """Partners' records with offset + 1 as their number."""
    return [record._replace(number=record.offset + 1) for record in records]


def _readable(admission: Admission) -> dict[str, int]:
    return {f"{topic}/{partition}": n for (topic, partition), n in admission.gaps.items()}
