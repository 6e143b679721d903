"""`blotter audit checkpoint`, `blotter audit keys` and `blotter audit rotate-key`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from services.audit.elsewhere.remote import Remote
from services.cli.audit import audit_app
from services.cli.audit.connections import open_log
from services.cli.options import Data
from services.ledger.proofs import keys, signing
from services.runtime.clock import now


@audit_app.command
def checkpoint(*, data: Data = None) -> None:
    """Sign the ledger as it stands and print the checkpoint."""
    sys.stdout.write(asyncio.run(_signed(data)))


async def _signed(data: Path | None) -> str:
    if remote := Remote.of(data):
        return remote.fetch("checkpoint").text
    async with open_log(data) as (connection, log):
        return await signing.sign(connection, log, now())


@audit_app.command(name="keys")
def show_keys(*, data: Data = None) -> None:
    """Print the log's public keys, the newest last: what others pin, out of band."""
    for key in asyncio.run(_listed(data)):
        until = "" if key.signs_until is None else f"  # until {key.signs_until:%Y-%m-%d %H:%M}Z"
        print(f"{key.verifier}{until}")


async def _listed(data: Path | None) -> list[keys.LogKey]:
    async with open_log(data) as (connection, _):
        return await keys.listed(connection)


@audit_app.command
def rotate_key(*, both_for_days: float = 30.0, data: Data = None) -> None:
    """Make a new key for the log; the old one signs beside it for some days. Prints the new key."""
    print(asyncio.run(_rotated(data, timedelta(days=both_for_days))))


async def _rotated(data: Path | None, both_for: timedelta) -> str:
    async with open_log(data) as (connection, log):
        return (await keys.rotate(connection, log.keyring, log.origin, now(), both_for)).verifier
