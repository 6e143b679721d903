"""Checkpoints, receipts and tiles: what is written is read again, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proofs.checkpoint import Checkpoint, CheckpointError, open_checkpoint
from services.proofs.cosignature import Cosigner
from services.proofs.note import NoteSigner, sign
from services.proofs.receipt import Receipt, read, write
from services.proofs.tiles import ENTRIES, Tile, TileError, read_bundle, tiles_of, write_bundle
from services.proofs.tree import EMPTY_ROOT, ProofError, leaf_hash, node_hash

ORIGIN = "blotter.test/log"
LOG = NoteSigner(ORIGIN, bytes(range(32)))
OFFICE = Cosigner("office.test", bytes(32)).at(1_700_000_000)
LEAVES = [b"first", b"second"]
ROOT = node_hash(*map(leaf_hash, LEAVES))
RECEIPT = Receipt(
    1, (leaf_hash(b"first"),), Checkpoint(ORIGIN, 2, ROOT).signed([LOG, OFFICE]), b"extra"
)


def test_a_receipt_shows_its_leaf() -> None:
    found = read(write(RECEIPT))
    assert found == RECEIPT
    shown = found.verify(b"second", [LOG.verifier], ORIGIN, [OFFICE.verifier])
    assert (shown.size, shown.root) == (2, ROOT)


@pytest.mark.parametrize(
    ("leaf", "origin", "cosigner"),
    [
        (b"first", ORIGIN, OFFICE),
        (b"second", "another.test", OFFICE),
        (b"second", ORIGIN, Cosigner("office.test", bytes([1] * 32))),
    ],
)
def test_another_leaf_log_or_cosigner_is_refused(
    leaf: bytes, origin: str, cosigner: Cosigner
) -> None:
    with pytest.raises(ProofError):
        RECEIPT.verify(leaf, [LOG.verifier], origin, [cosigner.verifier])


@given(st.integers(0, len(write(RECEIPT).encode()) - 1), st.integers(0, 7))
def test_one_flipped_bit_in_a_receipt_is_found(place: int, bit: int) -> None:
    altered = bytearray(write(RECEIPT).encode())
    altered[place] ^= 1 << bit
    try:
        found = read(bytes(altered))
        found.verify(b"second", [LOG.verifier], ORIGIN, [OFFICE.verifier])
    except ProofError:
        return
    assert found.extra != RECEIPT.extra  # the one line that nobody signed


def test_a_checkpoint_is_three_lines() -> None:
    text = Checkpoint(ORIGIN, 2, ROOT).text()
    assert Checkpoint.parse(text) == Checkpoint(ORIGIN, 2, ROOT)
    assert Checkpoint.parse(text + "more\n").extensions == ("more",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n1\n",
        "a\n1\nAAAA\n",
        "\n2\n{root}\n",
        "a\n02\n{root}\n",
        "a\n-2\n{root}\n",
        "a\n2 \n{root}\n",
        "a\n\u0662\n{root}\n",
        "a\n9223372036854775808\n{root}\n",
        "a\n2\n{root}",
        "a\n2\n{root}\n\n",
        "a\n2\n{root}\n\nx\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    root = Checkpoint(ORIGIN, 2, ROOT).text().split("\n")[2]
    with pytest.raises(ProofError):
        Checkpoint.parse(text.format(root=root))


def test_an_empty_log_has_the_empty_root() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(empty.signed([LOG]), [LOG.verifier]) == empty
    with pytest.raises(CheckpointError):
        open_checkpoint(Checkpoint(ORIGIN, 0, ROOT).signed([LOG]), [LOG.verifier])


@pytest.mark.parametrize(
    "text", ["", "x", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nx"]
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        read(text)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(2, 0, 17), "tile/2/000.p/17"),
        (Tile(ENTRIES, 999), "tile/entries/999"),
        (Tile(63, 1000, 1), "tile/63/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_c2sp_says(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/8/0/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/x000",
        "tile/-1/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(TileError):
        Tile.parse(path)


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    full = [sum(t.level == level and t.width == 256 for t in tiles) for level in (0, 1, 2)]
    assert full == [273, 1, 0]
    assert [t for t in tiles if t.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    grown = list(tiles_of(70_000, after=69_800))
    assert grown == [Tile(0, 272), Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]


@given(st.lists(st.binary(max_size=300)))
def test_bundles_come_back(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries)) == entries


def test_a_bundle_cut_short_or_an_entry_too_long_is_refused() -> None:
    whole = write_bundle([b"one", b"two"])
    for length in (1, 2, 4, len(whole) - 1):
        with pytest.raises(TileError):
            read_bundle(whole[:length])
    with pytest.raises(TileError):
        write_bundle([bytes(65_536)])


def test_a_note_of_something_else_is_no_checkpoint() -> None:
    with pytest.raises(ProofError):
        open_checkpoint(sign("something else\n", [LOG]), [LOG.verifier])
