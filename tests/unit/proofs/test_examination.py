"""A log examined in memory: every size has its root, and every level of the tree is compared."""

from __future__ import annotations

import random

import orjson
import pytest

from services.proofs.checkpoint import Checkpoint
from services.proofs.examination import Examination, Piece, SignedRow
from services.proofs.note import NoteSigner
from services.proofs.regrowth import Regrowth, StoredTile
from services.proofs.tiles import WIDTH, level_size
from services.proofs.tree import Frontier, leaf_hash, perfect_root
from services.proofs.trust import Trust

Tiles = dict[tuple[int, int], list[StoredTile]]
HASHES = [leaf_hash(number.to_bytes(4, "big")) for number in range(WIDTH * WIDTH + 600)]


class Heads(dict[int, int]):
    def __missing__(self, stream: int) -> int:
        return 0


def tiles_over(hashes: list[bytes]) -> Tiles:
    """Every full tile over these leaves."""
    found: Tiles = {}
    level = 0
    while hashes:
        full = range(0, len(hashes) - WIDTH + 1, WIDTH)
        tiles = [hashes[start : start + WIDTH] for start in full]
        roots = [perfect_root(tile) for tile in tiles]
        for index, (tile, root) in enumerate(zip(tiles, roots, strict=True)):
            found[level, index] = [StoredTile(b"".join(tile), WIDTH, root)]
        hashes, level = roots, level + 1
    return found


TILES = tiles_over(HASHES)


def test_the_tree_grown_anew_has_the_root_of_every_size() -> None:
    chance, tree, frontier = random.Random(3), Regrowth(), Frontier()
    while tree.size < len(HASHES):
        some = HASHES[tree.size : tree.size + chance.choice((1, 3, 255, 256, 700, 5000))]
        assert tree.extend(some, TILES, len(HASHES)) is None
        frontier.extend(some)
        if chance.random() < 0.5:
            assert (tree.root(), tree.peaks()) == (frontier.root(), frontier.peaks)
    assert tree.root() == frontier.root()


@pytest.mark.parametrize("start", [256, 512, WIDTH * WIDTH, WIDTH * WIDTH + 256])
def test_it_goes_on_from_the_middle(start: int) -> None:
    levels, hashes = [], HASHES[:start]
    while hashes:
        levels.append(hashes[len(hashes) // WIDTH * WIDTH :])
        hashes = [
            tile[0].root or b""
            for (level, _), tile in sorted(TILES.items())
            if level == len(levels) - 1
        ][: level_size(len(levels), start)]
    tree, frontier = Regrowth(start, levels), Frontier()
    assert tree.extend(HASHES[start:], TILES, len(HASHES)) is None
    frontier.extend(HASHES)
    assert tree.root() == frontier.root()


@pytest.mark.parametrize("place", [(0, 0), (0, 200), (0, 256), (1, 0)])
@pytest.mark.parametrize("kind", ["hash", "root", "missing"])
def test_a_wrong_tile_of_any_level_is_named(place: tuple[int, int], kind: str) -> None:
    (stored,), number = TILES[place], 77
    hashes = bytearray(stored.hashes)
    hashes[number * 32 + 5] ^= 4
    wrong = {
        "hash": [StoredTile(bytes(hashes), WIDTH, stored.root)],
        "root": [StoredTile(stored.hashes, WIDTH, bytes(32))],
        "missing": [],
    }[kind]
    found = Regrowth().extend(HASHES, TILES | {place: wrong}, len(HASHES))
    level, index = place
    first = index * WIDTH + (number if kind == "hash" else 0)
    assert found is not None
    assert found.position == first << 8 * level


def event(stream: str, version: int) -> bytes:
    return orjson.dumps({"subject": stream, "streamversion": version})


@pytest.mark.parametrize(
    ("versions", "position"),
    [
        ([("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2)], None),
        ([("a", 1), ("a", 3)], 1),
        ([("a", 1), ("b", 1), ("a", 1)], 2),
        ([("a", 2)], 0),
        ([("a", 1), ("a", 2), ("b", 1), ("a", 2)], 3),
    ],
)
def test_versions_of_a_stream_have_no_gap_and_no_repeat(
    versions: list[tuple[str, int]], position: int | None
) -> None:
    examination = Examination(Trust(), Heads(), Regrowth())
    rows = [(at, event(*each)) for at, each in enumerate(versions)]
    found = examination.examine(Piece(0, len(rows), rows))
    assert (found.position if found else None) == position


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"\xff", b'{"subject":[]}'])
def test_bytes_that_are_no_event_are_found(body: bytes) -> None:
    examination = Examination(Trust(), Heads(), Regrowth())
    found = examination.examine(Piece(0, 2, [(0, event("a", 1)), (1, body)]))
    assert found is not None
    assert (found.position, found.problem) == (1, "the stored bytes are no event")


def test_a_checkpoint_of_another_log_or_nobody_is_found() -> None:
    rows = [(0, event("a", 1))]
    tree = Frontier()
    tree.append(leaf_hash(rows[0][1]))
    signer, other = NoteSigner("log", bytes(32)), NoteSigner("else", bytes([1] * 32))
    for key, origin, words in (
        (signer, "other", "it is of the log other, not of log"),
        (other, "log", "no known key signed this note"),
    ):
        signed = Checkpoint(origin, 1, tree.root()).signed([key])
        trust = Trust(found=[signer.verifier], origin="log")
        examination = Examination(trust, Heads(), Regrowth())
        found = examination.examine(Piece(0, 1, rows, {}, [SignedRow(signed)]))
        assert found is not None
        assert (found.checkpoint, found.problem) == (True, words)
