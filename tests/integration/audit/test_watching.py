"""`blotter audit watch` on real ledgers: growth is sound, every rewriting is found and stays so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.audit.elsewhere.log_source import _Local
from services.audit.elsewhere.watched import Watched, WatchStateError, read, written
from services.audit.elsewhere.watcher import Patience, look
from services.ledger.proofs import keys, signing
from services.proofs import note
from services.proofs.checkpoint import Checkpoint
from services.runtime.keyring import Keyring
from tests.integration.ledger.ledgers import MOMENT, add
from tests.unit.proofs.test_tree import root_of

if TYPE_CHECKING:
    from pathlib import Path

    from services.audit.elsewhere.watched import Look
    from services.runtime.database import Connection

LOG = signing.Log(Keyring(bytes(32)), "blotter/test")
PATIENCE = Patience(300, 0)


async def a_watch(connection: Connection) -> Watched:
    """Knows the key and has seen five events."""
    await add(connection, 0, 5)
    await signing.sign(connection, LOG, MOMENT)
    (key,) = await keys.listed(connection)
    found = await looked(connection, Watched((key.verifier,)))
    assert (found.code, found.state.size) == (0, 5)
    return found.state


async def looked(
    connection: Connection, before: Watched, *, at: float = 0, patience: Patience = PATIENCE
) -> Look:
    return await look(_Local(connection, LOG), before, patience, at)


async def test_growth_is_sound(projections: Connection) -> None:
    state = await a_watch(projections)
    for start, end in ((5, 6), (6, 300), (300, 300)):
        await add(projections, start, end)
        found = await looked(projections, state, at=end)
        assert (found.code, found.state.size) == (0, end), found.words
        state = found.state
    assert state.advanced_at == 300


@pytest.mark.parametrize("shown", [3, 5, 9])
async def test_another_history_is_found_and_stays_found(
    projections: Connection, shown: int
) -> None:
    state = await a_watch(projections)
    async with projections.transaction():
        (signer,) = await keys.signers(projections, LOG.keyring, LOG.origin, MOMENT)
    other = Checkpoint(LOG.origin, 5, root_of(5)).signed([signer])
    await add(projections, 5, 9)
    if shown < 5:
        state = await _having_seen(state, Checkpoint(LOG.origin, 12, root_of(12)).signed([signer]))
    else:
        state = await _having_seen(state, other)
    found = await looked(projections, state)
    assert found.code == 1
    assert found.state.finding is not None
    assert found.state.finding.first_bad_size == state.size
    assert found.state.checkpoint == state.checkpoint, "the evidence is kept"
    sound = await looked(projections, replace(found.state, checkpoint=None))
    assert sound.code == 1, "only people take a finding away"


async def _having_seen(state: Watched, signed: str) -> Watched:
    return replace(state, checkpoint=signed)


async def test_a_replaced_key_is_wrong_but_no_evidence(projections: Connection) -> None:
    state = await a_watch(projections)
    other = str(note.NoteSigner(LOG.origin, bytes(range(32))).verifier)
    found = await looked(projections, replace(state, keys=(other,)))
    assert (found.code, found.state.finding) == (1, None)


async def test_a_head_that_stands_still_is_noticed(projections: Connection) -> None:
    state = await a_watch(projections)
    assert (await looked(projections, state, at=10_000)).code == 0, "a quiet night"
    found = await looked(projections, state, at=10_000, patience=Patience(300, 3600))
    assert (found.code, found.stalled) == (2, True)
    await projections.execute(
        "insert into intake.relayed (topic, partition, numbered_through) values ('t', 0, 7);"
    )
    await projections.execute(
        "insert into runtime.positions (consumer, topic, partition, number)"
        " values ('ledger', 't', 0, 4)"
    )
    await projections.execute(
        "insert into runtime.stations (name, pid, started_at, beat_at)"
        " values ('ledger', 1, now(), now())"
    )
    assert (await looked(projections, state, at=200)).code == 0, "not for long yet"
    found = await looked(projections, state, at=10_000)
    assert (found.code, found.stalled) == (2, True)
    assert "3 events wait" in found.words


async def test_state_survives_its_file_and_a_damaged_one_is_refused(
    projections: Connection, tmp_path: Path
) -> None:
    state, file = await a_watch(projections), tmp_path / "state"
    file.write_bytes(written(state))
    assert read(file, []) == state
    file.write_bytes(written(state).replace(b"\\n5\\n", b"\\n6\\n"))
    with pytest.raises(WatchStateError):
        read(file, [])
    with pytest.raises(WatchStateError, match="no key is pinned"):
        read(tmp_path / "absent", [])
