"""Whatever is falsified in an exported directory of tiles is found, each with its place."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from services.ledger.exporting.tile_directory import write_tile_directory
from services.ledger.verifying import file_source
from services.ledger.verifying.directory import open_directory
from services.ledger.verifying.file_source import Files
from services.ledger.verifying.source import UnreadableError
from services.ledger.verifying.verification import VerificationRange, verify
from services.proofs import examination, note, regrowth
from services.proofs.checkpoint import Checkpoint
from services.proofs.tiles import ENTRIES, WIDTH, Tile, write_bundle
from services.proofs.tree import Frontier, leaf_hash, perfect_root
from tests.integration.ledger.tampering import flipped
from tests.integration.ledger.test_verifying import LOG, a_signed_history, the_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.proofs.finding import Finding
    from services.runtime.database import Connection

SIZE, SEED = 1000, 20261123
Content = dict[str, bytes]


@dataclass(frozen=True)
class Falsified:
    """A directory's files, falsified; where that has to be found, None: wherever."""

    name: str
    content: Content
    position: int | None
    checkpoint: bool = False

    async def is_found(self, key: note.NoteVerifier) -> bool:
        try:
            finding = (await verify(opened(self.content), VerificationRange(pinned=[key]))).finding
        except UnreadableError:  # no checkpoint, or none that is any: nothing can be told
            return self.checkpoint
        return finding is not None and self._is_named_by(finding)

    def _is_named_by(self, finding: Finding) -> bool:
        if self.position is None:
            return True
        if self.checkpoint or finding.checkpoint:
            return self.checkpoint
        exact = finding.until is None or finding.until == finding.position + 1
        return exact and finding.position == self.position


def opened(content: Content) -> Files:
    """The same as a directory of these files."""

    def parts(tile: Tile) -> list[int]:
        beginning = f"{tile.path}.p/"
        return [int(path.removeprefix(beginning)) for path in content if beginning in path]

    return Files(content.get, parts)


@pytest_asyncio.fixture
async def an_export(projections: Connection, tmp_path: Path) -> tuple[Content, note.NoteVerifier]:
    """The files of a signed ledger of a thousand events, and the log's key."""
    await write_tile_directory(projections, tmp_path, await a_signed_history(projections, SIZE))
    return read_all(tmp_path), await the_key(projections)


def read_all(directory: Path) -> Content:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def tamperings(content: Content, seed: int) -> Iterator[Falsified]:
    """The same seed gives the same."""
    chance = random.Random(seed)
    for path, whole in sorted(content.items()):
        for _ in range(8):
            bit = chance.randrange(len(whole) * 8)
            place = position_of(path, content, bit // 8)
            other = content | {path: flipped(whole, bit)}
            signed = path in ("checkpoint", "keys")
            yield Falsified(f"a bit of {path}", other, place, checkpoint=signed)
        if path != "keys":
            without = {name: each for name, each in content.items() if name != path}
            place = position_of(path, content, 0)
            yield Falsified(f"{path} missing", without, place, checkpoint=path == "checkpoint")
            cut = content | {path: whole[: len(whole) // 2]}
            place = position_of(path, content, len(whole) // 2)
            yield Falsified(f"{path} cut", cut, place, checkpoint=path == "checkpoint")
    yield from rows(content, chance)


def rows(content: Content, chance: random.Random) -> Iterator[Falsified]:
    """Entries removed, swapped and repeated, within bundles and among them."""
    entries = entries_of(content)
    for _ in range(10):
        at, other = sorted(chance.sample(range(SIZE), 2))
        removed = [*entries[:at], *entries[at + 1 :]]
        yield Falsified("a removed entry", content | bundles(removed), at)
        swapped = [*entries]
        swapped[at], swapped[other] = entries[other], entries[at]
        yield Falsified("swapped entries", content | bundles(swapped), at)
        repeated = [*entries[: other + 1], entries[at], *entries[other + 1 :]][:SIZE]
        if other + 1 < SIZE:
            yield Falsified("a repeated entry", content | bundles(repeated), other + 1)
    yield Falsified(
        "a bundle swapped", content | swap_files(content, "tile/entries/000", "tile/entries/001"), 0
    )
    yield Falsified(
        "a tile swapped", content | swap_files(content, "tile/0/001", "tile/0/002"), WIDTH
    )
    yield Falsified("an event more", content | bundles([*entries, entries[-1]]), SIZE)


def swap_files(content: Content, one: str, other: str) -> Content:
    return {one: content[other], other: content[one]}


def entries_of(content: Content) -> list[bytes]:
    found: list[bytes] = []
    for start in range(0, SIZE, WIDTH):
        tile = Tile(ENTRIES, start // WIDTH, min(WIDTH, SIZE - start))
        found += file_source._entries(content[tile.path], tile.width)
    return found


def bundles(entries: list[bytes]) -> Content:
    """The bundles again, under the names they had; the last takes what is left."""
    made = {}
    for start in range(0, SIZE, WIDTH):
        last = start + WIDTH >= SIZE
        some = entries[start:] if last else entries[start : start + WIDTH]
        made[Tile(ENTRIES, start // WIDTH, min(WIDTH, SIZE - start)).path] = write_bundle(some)
    return made


def position_of(path: str, content: Content, byte: int) -> int:
    """The event to which a byte of a file belongs."""
    if not path.startswith("tile/"):
        return SIZE
    tile = Tile.parse(path)
    if tile.level != ENTRIES:
        return (tile.index * WIDTH + byte // 32) << 8 * tile.level
    at = 0
    for number, entry in enumerate(file_source._entries(content[path], tile.width)):
        at += 2 + len(entry)
        if byte < at:
            return tile.index * WIDTH + number
    return tile.index * WIDTH + tile.width


async def missed(content: Content, key: note.NoteVerifier, only: str = "") -> list[str]:
    return [
        f"{each.name} at {each.position}"
        for each in tamperings(content, SEED)
        if only in each.name and not await each.is_found(key)
    ]


async def test_every_tampering_with_tiles_is_found_in_its_place(
    an_export: tuple[Content, note.NoteVerifier],
) -> None:
    content, key = an_export
    assert (await verify(opened(content), VerificationRange(pinned=[key]))).code == 0
    assert len([*tamperings(content, SEED)]) >= 120
    assert "\n".join(await missed(content, key)) == ""


async def test_another_history_under_another_key_needs_a_key_from_elsewhere(
    an_export: tuple[Content, note.NoteVerifier], tmp_path: Path
) -> None:
    content, key = an_export
    entries = entries_of(content)[:300]
    tree = Frontier()
    tree.extend(map(leaf_hash, entries))
    forger = note.NoteSigner(LOG.origin, bytes(32))
    signed = Checkpoint(LOG.origin, 300, tree.root()).signed([forger])
    forged = {
        "checkpoint": signed.encode(),
        "keys": f"{forger.verifier}\n".encode(),
        "tile/entries/000": write_bundle(entries[:WIDTH]),
        "tile/entries/001.p/44": write_bundle(entries[WIDTH:]),
        "tile/0/000": b"".join(map(leaf_hash, entries[:WIDTH])),
        "tile/0/001.p/44": b"".join(map(leaf_hash, entries[WIDTH:])),
        "tile/1/000.p/1": perfect_root([*map(leaf_hash, entries[:WIDTH])]),
    }
    unpinned = (await verify(opened(forged), VerificationRange())).summary()
    assert (unpinned["exit"], unpinned["key_pinned"]) == (0, False)
    assert (await verify(opened(forged), VerificationRange(pinned=[key]))).code == 1
    with pytest.raises(UnreadableError):
        open_directory(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("bugs", "only"),
    [
        ([(examination, "compare"), (regrowth, "compare")], "tile/0"),
        ([(examination, "_contiguous")], "an event more"),
        ([(note.NoteVerifier, "holds")], "a bit of checkpoint"),
    ],
)
async def test_a_bug_planted_in_the_verifier_is_found_by_the_suite(
    an_export: tuple[Content, note.NoteVerifier],
    monkeypatch: pytest.MonkeyPatch,
    bugs: list[tuple[object, str]],
    only: str,
) -> None:
    content, key = an_export
    instead = {
        "compare": lambda *_: None,
        "_contiguous": lambda piece: (piece.rows[: piece.end - piece.start], None),
        "holds": lambda *_: True,
    }
    for place, name in bugs:
        monkeypatch.setattr(place, name, instead[name])
    assert await missed(content, key, only)
