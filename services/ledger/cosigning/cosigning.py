"""Every new checkpoint is shown to every cosigner; those that are away are asked again later."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from services.ledger.cosigning import store
from services.ledger.cosigning.configured import ConfiguredError, read_configured
from services.ledger.cosigning.requesting import AwayError, Declined, ask
from services.ledger.proofs import paths, signing
from services.proofs.tree import ProofError
from services.runtime.clock import monotonic_seconds, now
from services.runtime.log import logger
from services.runtime.periodic import UnhealthyError, every

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.ledger.cosigning.configured import OtherOffice
    from services.ledger.cosigning.store import CosignerHealth
    from services.runtime.database import Pool
    from services.runtime.stations import Station

ROUND_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 300.0
AWAY_ALARM_SECONDS = 900.0


@dataclass(slots=True)
class Turn:
    """What was last shown to a cosigner, and when it is asked again."""

    shown: str | None = None
    asks_at: float = 0.0
    wait_seconds: float = ROUND_SECONDS

    def later(self) -> None:
        """Schedule the next request, after twice the previous wait."""
        self.asks_at = monotonic_seconds() + self.wait_seconds
        self.wait_seconds = min(self.wait_seconds * 2, LONGEST_WAIT_SECONDS)


@dataclass(slots=True)
class Cosigning:
    """Shows checkpoints to the cosigners that a file names; the file may change at any time."""

    pool: Pool
    file: Path | None
    _turns: dict[str, Turn] = field(default_factory=dict)

    async def round(self, client: httpx.AsyncClient) -> list[CosignerHealth]:
        """Send one request to each cosigner that is due; gives the health of all of them."""
        offices = read_configured(self.file)
        async with self.pool.connection() as connection:
            sizes = await store.take_in(connection, offices)
            newest = await signing.newest(connection)
        due = [office for office in offices if newest and self._is_due(office, newest)]
        await asyncio.gather(
            *(self._show(client, office, newest or "", sizes[office.key]) for office in due)
        )
        async with self.pool.connection() as connection:
            return await store.health(connection)

    def _is_due(self, office: OtherOffice, newest: str) -> bool:
        turn = self._turns.setdefault(office.key, Turn())
        return turn.shown != newest and monotonic_seconds() >= turn.asks_at

    async def _show(
        self, client: httpx.AsyncClient, office: OtherOffice, signed: str, seen: int
    ) -> None:
        turn, name = self._turns[office.key], office.verifier.name
        try:
            answer = await ask(client, office, signed, seen, self._path)
        except AwayError as error:
            logger().warning("cosigning.away", cosigner=name, reason=str(error))
            turn.later()
            async with self.pool.connection() as connection:
                await store.keep_away(connection, office, now())
            return
        async with self.pool.connection() as connection:
            if isinstance(answer, Declined):
                logger().error("cosigning.declined", cosigner=name, reason=answer.reason)
                await store.keep_declined(connection, office, answer, now())
                turn.later()
            else:
                await store.keep_cosigned(connection, office, signed, answer, now())
                self._turns[office.key] = Turn(signed)

    async def _path(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        async with self.pool.connection() as connection:
            return await paths.consistency(connection, old_size, new_size)


async def keep(pool: Pool, file: Path | None, station: Station) -> None:
    """Show every new checkpoint to every cosigner, until cancelled."""
    cosigning = Cosigning(pool, file)
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False) as client:

        async def show() -> None:
            try:
                found = await cosigning.round(client)
            except (ConfiguredError, ProofError) as error:
                logger().error("cosigning.stopped", reason=str(error))
                raise UnhealthyError(str(error)) from error
            if wrong := alarm(found):
                raise UnhealthyError(wrong)

        await every(ROUND_SECONDS, show, station)


def alarm(found: Sequence[CosignerHealth]) -> str | None:
    """What people should look at, the worst first."""
    for each in found:
        if each.refused:
            return f"{each.name} refuses to cosign: {each.refused} (docs/how-to/cosigning.md)"
    for each in found:
        if each.lag_seconds > AWAY_ALARM_SECONDS:
            minutes = round(each.lag_seconds / 60)
            return f"{each.name} has not cosigned for {minutes} minutes (docs/how-to/cosigning.md)"
    return None
