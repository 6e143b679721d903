"""Whatever is falsified in a stored ledger is found, each with its place; a verifier that leaves
something out is caught by the same suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.ledger.verifying import owners
from services.ledger.verifying.local import verify_database
from services.ledger.verifying.verification import VerificationRange
from services.proofs import examination, note, regrowth
from services.proofs.examination import Examination
from tests.integration.ledger.tampering import SIZES, all_tamperings, missed
from tests.integration.ledger.test_verifying import LOG, a_signed_history, the_key

if TYPE_CHECKING:
    from services.runtime.database import Connection

SEED = 20261123


async def test_every_tampering_with_the_database_is_found_in_its_place(
    projections: Connection,
) -> None:
    await a_signed_history(projections, *SIZES)
    asked = VerificationRange(pinned=[await the_key(projections)], origin=LOG.origin)
    tamperings = all_tamperings(SEED)
    assert len(tamperings) >= 200
    assert "\n".join(await missed(projections, tamperings, asked)) == ""
    assert (await verify_database(projections, asked)).code == 0


async def _nothing(*_: object) -> None:
    return None


def _no(*_: object) -> None:
    return None


COMPARE: list[tuple[object, str, object]] = [
    (examination, "compare", _no),
    (regrowth, "compare", _no),
]
PLANTED: dict[str, tuple[list[tuple[object, str, object]], str]] = {
    "neither tile nor root are compared with the bytes": (
        [*COMPARE, (Examination, "_holds", _no), (Examination, "_peaks", _no)],
        "bytes",
    ),
    "tiles are not compared": (COMPARE, "tile"),
    "any place in a tile will do": ([(regrowth, "_first_difference", lambda *_: 0)], "tile"),
    "columns and versions are not looked at": ([(Examination, "_attributes", _no)], "stream_id"),
    "positions are not counted": ([(examination, "_contiguous", lambda p: (p.rows, None))], "row"),
    "signatures are ignored": ([(note.NoteVerifier, "holds", lambda *_: True)], "a checkpoint"),
    "peaks are ignored": ([(Examination, "_peaks", _no)], "a peak"),
    "larger checkpoints are ignored": ([(Examination, "beyond", _no)], "truncated"),
    "owners are not asked where it came from": ([(owners, "contradiction", _nothing)], "topic"),
    "owners are not asked for bytes": ([(owners, "altered", _nothing)], "another history"),
}


@pytest.mark.parametrize("bug", PLANTED)
async def test_a_bug_planted_in_the_verifier_is_found_by_the_suite(
    projections: Connection, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    await a_signed_history(projections, *SIZES)
    asked = VerificationRange(pinned=[await the_key(projections)], origin=LOG.origin)
    patches, what = PLANTED[bug]
    some = [each for each in all_tamperings(SEED) if what in each.name][:20]
    assert some
    assert await missed(projections, some, asked) == []
    for place, name, instead in patches:
        monkeypatch.setattr(place, name, instead)
    assert await missed(projections, some, asked)
