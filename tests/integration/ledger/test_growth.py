"""The tree grows with the ledger; one older than its tree is built up; proofs of any size hold."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import psycopg
import pytest

from services.ledger.proofs import growth, paths
from services.proofs.tree import (
    Frontier,
    ProofError,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.integration.ledger.ledgers import add, body

if TYPE_CHECKING:
    from services.runtime.database import Connection

SIZE = 256 * 256 + 600


def roots(size: int, at: set[int]) -> dict[int, bytes]:
    frontier, found = Frontier(), {}
    for number in range(size):
        frontier.append(leaf_hash(body(number)))
        if frontier.size in at:
            found[frontier.size] = frontier.root()
    return found


async def test_the_tree_grows_with_every_append(projections: Connection) -> None:
    ends = [1, 2, 255, 256, 257, 600, 1024, 1025]
    for start, end in zip([0, *ends], ends, strict=False):
        await add(projections, start, end)
        trunk = await growth.read(projections)
        assert trunk.size == trunk.tree.size == end
        assert trunk.tree.root() == roots(end, {end})[end]
        assert await paths.root(projections, end) == trunk.tree.root()


async def test_an_append_that_is_rolled_back_leaves_the_tree_as_it_was(
    projections: Connection,
) -> None:
    await add(projections, 0, 300)
    before = await growth.read(projections)
    async with projections.transaction(force_rollback=True):
        await add(projections, 300, 600)
    assert await growth.read(projections) == before


async def test_a_ledger_older_than_its_tree_is_built_up_while_it_grows(
    projections: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "BUILD_BATCH", 700)
    await add(projections, 0, 1000)
    await projections.execute("alter table tiles disable trigger tiles_only_grow")
    await projections.execute("delete from tiles")
    await projections.execute("update ledger_size set tree_size = 0, peaks = ''")
    assert not (await growth.build(projections)).whole
    await add(projections, 1000, 1300)
    while not (trunk := await growth.build(projections)).whole:
        pass
    await add(projections, 1300, 1400)
    trunk = await growth.read(projections)
    assert (trunk.tree.size, trunk.tree.root()) == (1400, roots(1400, {1400})[1400])


async def test_proofs_of_any_size_hold_beyond_a_full_tile_of_tiles(
    projections: Connection,
) -> None:
    for start in range(0, SIZE, 5000):
        await add(projections, start, min(start + 5000, SIZE))
    chance = random.Random(7)
    sizes = {1, 255, 256, 257, 65535, 65536, 65537, SIZE, *chance.sample(range(2, SIZE), 25)}
    known = roots(SIZE, sizes)
    for size in sizes:
        assert await paths.root(projections, size) == known[size]
        index = chance.randrange(size)
        path = await paths.inclusion(projections, index, size)
        verify_inclusion(index, size, leaf_hash(body(index)), path, known[size])
        older = chance.choice([each for each in sizes if each <= size])
        path = await paths.consistency(projections, older, size)
        verify_consistency(older, size, path, known[older], known[size])


async def test_no_proof_is_given_beyond_the_tree(projections: Connection) -> None:
    await add(projections, 0, 3)
    with pytest.raises(ProofError):
        await paths.inclusion(projections, 0, 4)
    with pytest.raises(ProofError):
        await paths.inclusion(projections, 3, 3)
    with pytest.raises(ProofError):
        await paths.consistency(projections, 2, 4)


@pytest.mark.parametrize(
    "change",
    [
        "update {} set {} = {}",
        "delete from {}",
        "truncate {} cascade",
    ],
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("ledger", "body"),
        ("tiles", "root"),
        ("log_keys", "sealed"),
        ("log_keys_ended", "signs_until"),
        ("signed_checkpoints", "note"),
    ],
)
async def test_history_is_only_added_to(
    projections: Connection, table: str, column: str, change: str
) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="history is only added to"):
        await projections.execute(change.format(table, column, column).encode())


async def test_where_rows_are_missing_there_is_no_proof_and_no_crash(
    projections: Connection,
) -> None:
    await add(projections, 0, 310)
    await projections.execute("alter table ledger disable trigger all")
    await projections.execute("delete from ledger where position in (256, 300, 309)")
    with pytest.raises(ProofError, match="missing"):
        await paths.consistency(projections, 258, 310)
    with pytest.raises(ProofError, match="missing"):
        await paths.root(projections, 310)
