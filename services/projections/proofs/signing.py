"""Signed checkpoints: one a minute while events come, and one whenever somebody asks."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout

from services.projections.proofs import growth, keys
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.runtime.clock import monotonic_seconds, now
from services.runtime.log import logger

if TYPE_CHECKING:
    from datetime import datetime

    from services.agency.profile import AgencyProfile
    from services.runtime.database import Connection, Pool
    from services.runtime.keyring import Keyring
    from services.runtime.stations import Station

EVERY_SECONDS = 60.0
ROUND_SECONDS = 2.0
NEWEST_SQL = "select size, root, note from signed_checkpoints order by number desc limit 1"


def origin_of(profile: AgencyProfile) -> str:
    """The name of the agency's log: it never changes while the agency keeps its name."""
    return "blotter/" + re.sub(r"[^a-z0-9]+", "-", profile.short_name.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Log:
    """What signing needs."""

    keyring: Keyring
    origin: str


async def newest(connection: Connection) -> str | None:
    """The last signed checkpoint; None before the first."""
    cursor = await connection.execute(NEWEST_SQL)
    row = await cursor.fetchone()
    return str(row[2]) if row else None


async def sign(connection: Connection, log: Log, moment: datetime) -> str:
    """A signed checkpoint of the tree as it stands: the newest one, if that is of it."""
    async with connection.transaction():
        signers = await keys.signers(connection, log.keyring, log.origin, moment)
        tree = (await growth.read(connection)).tree
        cursor = await connection.execute(NEWEST_SQL)
        last = await cursor.fetchone()
        if last and last[0] == tree.size and bytes(last[1]) == tree.root():
            lines = {(line.name, line.key_id) for line in note.split(last[2])[1]}
            if lines == {(each.name, each.key_id) for each in signers}:
                return str(last[2])
        signed = Checkpoint(log.origin, tree.size, tree.root()).signed(signers)
        await connection.execute(
            "insert into signed_checkpoints (size, root, signed_at, note) values (%s, %s, %s, %s)",
            [tree.size, tree.root(), moment, signed],
        )
    return signed


async def keep(pool: Pool, log: Log, station: Station) -> None:
    """Build the tree up where it lacks leaves, and sign, until cancelled."""
    signed_at = -EVERY_SECONDS
    while True:
        try:
            async with pool.connection() as connection:
                trunk = await growth.build(connection)
                station.pending = trunk.size - trunk.tree.size
                if monotonic_seconds() - signed_at >= EVERY_SECONDS:
                    await sign(connection, log, now())
                    signed_at = monotonic_seconds()
            station.alarm = None
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger().warning("proofs.trouble", error=type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)
        except Exception as error:
            station.alarm = f"stopped: {type(error).__name__}"
            logger().exception("proofs.stopped")
            await asyncio.sleep(ROUND_SECONDS)
        station.beat()
        if not station.pending:
            await asyncio.sleep(ROUND_SECONDS)
