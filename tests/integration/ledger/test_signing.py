"""Signed checkpoints and receipts: they verify, an exchanged key overlaps, nothing signs twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidTag

from events.header import header
from services.agency.loader import load_profile
from services.ledger.proofs import keys
from services.ledger.proofs.signing import Log, RewrittenError, origin_of, sign
from services.ledger.receipts import NotCoveredError, receipt
from services.proofs import note
from services.proofs.checkpoint import open_checkpoint
from services.proofs.receipt import read, write
from services.runtime.keyring import Keyring
from tests.integration.ledger.ledgers import MOMENT, SPACE, add, body

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from services.runtime.database import Connection

LOG = Log(Keyring(bytes(32)), "blotter/test")
DAY = timedelta(days=1)


async def verifiers(connection: Connection) -> list[note.NoteVerifier]:
    return [note.read_key(key.verifier) for key in await keys.listed(connection)]


async def test_a_checkpoint_is_signed_once_for_each_size(projections: Connection) -> None:
    await add(projections, 0, 300)
    signed = await sign(projections, LOG, MOMENT)
    found = open_checkpoint(signed, await verifiers(projections), LOG.origin)
    assert found.size == 300
    assert await sign(projections, LOG, MOMENT + DAY) == signed
    cursor = await projections.execute("select count(*) from signed_checkpoints")
    assert await cursor.fetchone() == (1,)


async def test_both_keys_sign_for_a_time_and_then_the_new_one_alone(
    projections: Connection,
) -> None:
    await sign(projections, LOG, MOMENT)
    await keys.rotate(projections, LOG.keyring, LOG.origin, MOMENT + DAY / 2, 1.5 * DAY)
    (old, new), found = await verifiers(projections), await sign(projections, LOG, MOMENT + DAY)
    assert note.verify(found, [old]).by == (old,)
    assert note.verify(found, [new]).by == (new,)
    later = await sign(projections, LOG, MOMENT + 3 * DAY)
    assert note.verify(later, [new]).by == (new,)
    with pytest.raises(note.NoteError):
        note.verify(later, [old])
    first, second = await keys.listed(projections)
    assert (first.signs_until, second.signs_until) == (MOMENT + 2 * DAY, None)


async def test_a_replaced_key_does_not_sign(projections: Connection) -> None:
    await sign(projections, LOG, MOMENT)
    other = note.NoteSigner(LOG.origin, bytes(32)).verifier
    await projections.execute("alter table log_keys disable trigger log_keys_only_grow")
    await projections.execute("update log_keys set verifier = %s", [str(other)])
    with pytest.raises(InvalidTag):
        await sign(projections, LOG, MOMENT)


async def test_a_receipt_shows_an_event_without_the_ledger(projections: Connection) -> None:
    await add(projections, 0, 700)
    for number in (0, 255, 256, 699):
        event_id = _id(number)
        found = read(write(await receipt(projections, LOG, event_id, MOMENT)))
        found.verify(body(number), await verifiers(projections), LOG.origin)
    with pytest.raises(NotCoveredError):
        await receipt(projections, LOG, SPACE, MOMENT)


def _id(number: int) -> UUID:
    return header(body(number)).event_id


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("update tiles set root = set_bit(root, 5, 1 - get_bit(root, 5))", "another root"),
        (
            "update ledger set body = set_bit(body, 9, 1 - get_bit(body, 9)) where position = 599",
            "another root",
        ),
        ("update ledger_size set peaks = set_bit(peaks, 0, 1 - get_bit(peaks, 0))", "another root"),
        ("delete from tiles", "not filled"),
        ("update ledger_size set size = 599, tree_size = 599, peaks = %s", "did not grow"),
        ("delete from log_keys", "no known key"),
    ],
)
async def test_a_ledger_that_was_changed_is_not_signed_again(
    projections: Connection, change: str, what: str
) -> None:
    await add(projections, 0, 600)
    await sign(projections, LOG, MOMENT)
    await add(projections, 600, 700)
    for table in ("tiles", "ledger", "log_keys"):
        await projections.execute(f"alter table {table} disable trigger user".encode())
    peaks = bytes(32 * (599).bit_count())
    await projections.execute(change.encode(), [peaks] if "%s" in change else None)
    with pytest.raises(RewrittenError, match=what):
        await sign(projections, LOG, MOMENT + DAY)


async def test_a_log_that_was_renamed_does_not_sign(projections: Connection) -> None:
    await add(projections, 0, 3)
    await sign(projections, LOG, MOMENT)
    with pytest.raises(RewrittenError, match="not of blotter/renamed"):
        await sign(projections, Log(LOG.keyring, "blotter/renamed"), MOMENT)


def test_the_profile_names_the_log_and_older_profiles_keep_theirs(project: Path) -> None:
    profile = load_profile(project / "deploy" / "agency" / "chesterfield")
    assert origin_of(profile) == "blotter/chesterfield-police"
    renamed = profile.model_copy(update={"short_name": "County Police"})
    assert origin_of(renamed) == "blotter/chesterfield-police"
    assert origin_of(renamed.model_copy(update={"log_origin": None})) == "blotter/county-police"
