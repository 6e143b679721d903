"""Trees of any size: paths made from tiles hold, and nothing that was altered does."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as their_verify_consistency
from pymerkle import verify_inclusion as their_verify_inclusion

from services.proofs.nodes import hashes_of, tiles_for
from services.proofs.tiles import WIDTH
from services.proofs.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_ranges,
    fold,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    perfect_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [f"leaf {number}".encode() for number in range(700)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
sizes = st.integers(1, len(LEAVES))


def root_of(size: int) -> bytes:
    frontier = Frontier()
    frontier.extend(HASHES[:size])
    return frontier.root()


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    middle = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(by_definition(hashes[:middle]), by_definition(hashes[middle:]))


def path_of(ranges: list[tuple[int, int]], size: int) -> tuple[bytes, ...]:
    """The hashes of ranges from tiles, as a log that stores tiles makes them."""
    roots = [perfect_root(HASHES[at : at + WIDTH]) for at in range(0, size - WIDTH + 1, WIDTH)]
    levels = {0: HASHES[:size], 1: roots}
    tiles = {
        (level, index): levels[level][index * WIDTH : (index + 1) * WIDTH]
        for level, index in tiles_for(ranges)
    }
    return hashes_of(ranges, tiles)


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return path_of(inclusion_ranges(index, size), size)


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    return path_of(consistency_ranges(old, new), new)


@given(st.integers(0, len(LEAVES)))
def test_the_frontier_has_the_root_of_the_definition(size: int) -> None:
    assert root_of(size) == by_definition(HASHES[:size])


@given(st.integers(0, len(LEAVES)), st.integers(0, 300))
def test_a_frontier_that_was_stored_grows_on(size: int, more: int) -> None:
    frontier = Frontier()
    frontier.extend(HASHES[:size])
    stored = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    stored.extend(HASHES[size : size + more])
    assert stored.root() == root_of(min(size + more, len(LEAVES)))


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


def test_a_stored_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ProofError):
        Frontier.from_bytes(3, bytes(32))


def test_neighbours_are_joined_from_the_right() -> None:
    assert fold(HASHES[:3]) == node_hash(HASHES[0], node_hash(HASHES[1], HASHES[2]))


@given(st.data())
def test_every_leaf_is_shown_to_be_in_the_tree(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    verify_inclusion(index, size, HASHES[index], inclusion(index, size), root_of(size))


@given(st.data())
def test_every_older_tree_is_shown_to_be_in_the_newer_one(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(1, new))
    verify_consistency(old, new, consistency(old, new), root_of(old), root_of(new))


@given(st.data())
def test_one_flipped_bit_anywhere_is_found(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    bit = data.draw(st.integers(0, 255))

    def flipped(hashes: list[bytes]) -> list[bytes]:
        place = data.draw(st.integers(0, len(hashes) - 1))
        other = (int.from_bytes(hashes[place], "big") ^ (1 << bit)).to_bytes(32, "big")
        return [*hashes[:place], other, *hashes[place + 1 :]]

    leaf, root, *path = flipped([HASHES[index], root_of(size), *inclusion(index, size)])
    with pytest.raises(ProofError):
        verify_inclusion(index, size, leaf, path, root)
    before, after, *path = flipped([root_of(old), root_of(size), *consistency(old, size)])
    with pytest.raises(ProofError):
        verify_consistency(old, size, path, before, after)


@given(st.data())
def test_another_place_another_size_or_another_length_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion(index, size), root_of(size)
    other = data.draw(st.integers(-1, size).filter(lambda n: n != index))
    with pytest.raises(ProofError):
        verify_inclusion(other, size, HASHES[index], path, root)
    for wrong in (path[:-1], path[1:], (*path, root), (path[0][:-1], *path[1:])):
        with pytest.raises(ProofError):
            verify_inclusion(index, size, HASHES[index], wrong, root)


def test_nothing_is_shown_from_the_empty_tree_nor_backwards() -> None:
    for old, new in [(0, 3), (3, 2), (-1, 2)]:
        with pytest.raises(ProofError):
            verify_consistency(old, new, [], EMPTY_ROOT, root_of(2))


@given(st.data())
def test_pymerkle_agrees_on_roots_and_proofs(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old, index = data.draw(st.integers(1, new)), data.draw(st.integers(0, new - 1))
    theirs = InmemoryTree(algorithm="sha256")
    for leaf in LEAVES[:new]:
        theirs.append_entry(leaf)
    assert theirs.get_root() == root_of(new)
    assert theirs.get_root(old) == root_of(old)
    included = theirs.prove_inclusion(index + 1, new)
    their_verify_inclusion(HASHES[index], root_of(new), included)
    assert sorted(included.path) == sorted([HASHES[index], *inclusion(index, new)])
    # Their consistency paths divide the tree otherwise than RFC 6962; both lead to our roots.
    their_verify_consistency(root_of(old), root_of(new), theirs.prove_consistency(old, new))
