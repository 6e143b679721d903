"""A history as it was signed verifies, in the database and exported; parts of it do too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.ledger.exporting.tile_directory import write_tile_directory
from services.ledger.proofs import keys
from services.ledger.proofs.signing import Log, sign
from services.ledger.verifying.directory import open_directory
from services.ledger.verifying.heads import Heads
from services.ledger.verifying.local import verify_database
from services.ledger.verifying.verification import VerificationRange, verify
from services.proofs import note
from services.runtime.keyring import Keyring
from tests.integration.projections.histories import BEGAN, History

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.database import Connection

LOG = Log(Keyring(bytes(32)), "blotter/test")


async def a_signed_history(connection: Connection, *sizes: int) -> str:
    """Signed at each of these sizes; gives the last checkpoint."""
    history, signed = History(1), ""
    for size in sizes:
        await history.store(connection, size)
        signed = await sign(connection, LOG, BEGAN)
    return signed


async def the_key(connection: Connection) -> note.NoteVerifier:
    return note.read_key((await keys.listed(connection))[0].verifier)


async def test_a_history_as_it_was_signed_is_sound(projections: Connection, tmp_path: Path) -> None:
    signed = await a_signed_history(projections, 3, 250, 256, 700, 1000)
    asked = VerificationRange(pinned=[await the_key(projections)], origin=LOG.origin)
    found = await verify_database(projections, asked)
    assert (found.code, found.finding, found.doubts) == (0, None, [])
    assert (found.events, found.checkpoints) == ((1000, 1000), (5, 5))
    await write_tile_directory(projections, tmp_path, signed)
    offline = await verify(open_directory(tmp_path), asked)
    assert (offline.code, offline.finding, offline.events) == (0, None, (1000, 1000))


@pytest.mark.parametrize(
    ("first", "last"), [(0, 10), (0, 255), (256, 511), (300, 300), (600, 998), (990, None)]
)
async def test_a_part_of_a_history_is_verified_alone(
    projections: Connection, tmp_path: Path, first: int, last: int | None
) -> None:
    signed = await a_signed_history(projections, 300, 1000)
    asked = VerificationRange(first, last, [await the_key(projections)])
    found = await verify_database(projections, asked)
    assert (found.code, found.finding, found.doubts, found.unsigned) == (0, None, [], 0)
    await write_tile_directory(projections, tmp_path, signed)
    offline = await verify(open_directory(tmp_path), asked)
    assert (offline.code, offline.finding, offline.doubts) == (0, None, [])


async def test_what_is_not_signed_yet_is_said(projections: Connection) -> None:
    await a_signed_history(projections, 300)
    found = await verify_database(projections, VerificationRange(last=400))
    assert (found.code, found.doubts) == (2, ["asked through 400, but the log ends at 299"])
    other = note.NoteSigner(LOG.origin, bytes(32)).verifier
    found = await verify_database(projections, VerificationRange(pinned=[other]))
    assert found.code == 1
    assert found.finding is not None
    assert "not signed by the key you gave" in found.finding.problem


async def test_nothing_signed_is_nothing_said(projections: Connection) -> None:
    await History(1).store(projections, 30)
    assert (await verify_database(projections, VerificationRange())).code == 2


async def test_after_a_change_of_keys_each_vouches_for_what_it_signed(
    projections: Connection,
) -> None:
    history, moment = History(1), BEGAN
    for size in (300, 600, 900):
        await history.store(projections, size)
        await sign(projections, LOG, moment)
        if size == 300:
            rotated = moment + timedelta(seconds=1)
            await keys.rotate(projections, LOG.keyring, LOG.origin, rotated, timedelta(days=2))
        moment += timedelta(days=1.5)
    old, new = (note.read_key(key.verifier) for key in await keys.listed(projections))
    found = await verify_database(projections, VerificationRange(pinned=[old, new]))
    assert (found.code, found.checkpoints) == (0, (3, 3))
    assert (await verify_database(projections, VerificationRange(pinned=[new]))).code == 0
    found = await verify_database(projections, VerificationRange(pinned=[old]))
    assert (found.code, found.doubts) == (2, ["the key you gave signed no more than 600 events"])


def test_heads_beyond_the_limit_are_kept_elsewhere() -> None:
    heads = Heads(limit=10)
    for stream in range(-1000, 1000, 7):
        assert heads[stream] == 0
        heads[stream] = stream * stream + 1
        heads.spill()
        assert len(heads) <= 10
    assert all(heads[stream] == stream * stream + 1 for stream in range(-1000, 1000, 7))
    heads.close()
