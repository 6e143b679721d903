"""Signed checkpoints: one a minute while events come, and one whenever somebody asks."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.ledger.proofs import growth, keys, paths
from services.proofs import note
from services.proofs.checkpoint import Checkpoint, open_checkpoint
from services.proofs.tree import ProofError, verify_consistency
from services.runtime.clock import monotonic_seconds, now
from services.runtime.periodic import every

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.agency.profile import AgencyProfile
    from services.proofs.tree import Frontier
    from services.runtime.database import Connection, Pool
    from services.runtime.keyring import Keyring
    from services.runtime.stations import Station

EVERY_SECONDS = 60.0
ROUND_SECONDS = 2.0
NEWEST_SQL = "select note from signed_checkpoints order by number desc limit 1"


class RewrittenError(Exception):
    """The ledger is not the one that was signed before: nothing is signed until people looked."""


def origin_of(profile: AgencyProfile) -> str:
    """The name of the agency's log, which never changes: the profile's own word for it, else made
    of the short name, as logs were named before there was that word."""
    if profile.log_origin:
        return profile.log_origin
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
    return str(row[0]) if row else None


async def sign(connection: Connection, log: Log, moment: datetime) -> str:
    """A signed checkpoint of the tree as it stands: the newest one, if that is of it.

    RewrittenError unless the tree is shown to have grown from the one that was signed last.
    """
    async with connection.transaction():
        signers = await keys.signers(connection, log.keyring, log.origin, moment)
        tree = (await growth.read(connection)).tree
        last = await newest(connection)
        if last is not None:
            verifiers = [note.read_key(key.verifier) for key in await keys.listed(connection)]
            size = await _check_growth(connection, log.origin, verifiers, last, tree)
            if size == tree.size and _signed_by(last) == {(s.name, s.key_id) for s in signers}:
                return last
        signed = Checkpoint(log.origin, tree.size, tree.root()).signed(signers)
        await connection.execute(
            "insert into signed_checkpoints (size, root, signed_at, note) values (%s, %s, %s, %s)",
            [tree.size, tree.root(), moment, signed],
        )
    return signed


async def _check_growth(
    connection: Connection,
    origin: str,
    verifiers: Sequence[note.Verifier],
    last: str,
    tree: Frontier,
) -> int:
    """The size that was signed last; what is stored now is not believed without a proof."""
    try:
        before = open_checkpoint(last, verifiers, origin)
        if before.size:
            path = await paths.consistency(connection, before.size, tree.size)
            verify_consistency(before.size, tree.size, path, before.root, tree.root())
    except (ProofError, IndexError) as error:
        raise RewrittenError(f"this is not the ledger that was signed before: {error}") from error
    return before.size


def _signed_by(signed: str) -> set[tuple[str, bytes]]:
    return {(line.name, line.key_id) for line in note.split(signed)[1]}


async def keep(pool: Pool, log: Log, station: Station) -> None:
    """Build the tree up where it lacks leaves, and sign once a minute, until cancelled."""
    signed_at, more = -EVERY_SECONDS, asyncio.Event()

    async def build_and_sign() -> None:
        nonlocal signed_at
        async with pool.connection() as connection:
            trunk = await growth.build(connection)
            station.pending = trunk.size - trunk.tree.size
            if monotonic_seconds() - signed_at >= EVERY_SECONDS:
                await sign(connection, log, now())
                signed_at = monotonic_seconds()
        if station.pending:
            more.set()

    await every(ROUND_SECONDS, build_and_sign, station, wakened_by=more)
