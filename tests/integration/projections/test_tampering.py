"""Whatever is falsified in a stored ledger is found, each with its place; a verifier that leaves
something out is caught by the same suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.projections.verifying import owners
from services.projections.verifying.local import verify_database
from services.projections.verifying.verify import Asked
from services.proofs import examination, note, regrowth
from tests.integration.projections.tampering import SIZES, all_tamperings, missed
from tests.integration.projections.test_verifying import LOG, a_signed_history, the_key

if TYPE_CHECKING:
    from services.runtime.database import Connection

SEED = 20261123


async def test_every_tampering_with_the_database_is_found_in_its_place(
    projections: Connection,
) -> None:
    await a_signed_history(projections, *SIZES)
    asked = Asked(pinned=[await the_key(projections)], origin=LOG.origin)
    tamperings = all_tamperings(SEED)
    assert len(tamperings) >= 200
    assert "\n".join(await missed(projections, tamperings, asked)) == ""
    assert (await verify_database(projections, asked)).code == 0


async def _nothing(*_: object) -> None:
    return None


@pytest.mark.parametrize(
    ("place", "name", "instead", "what"),
    [
        ((examination, regrowth), "compare", lambda *_: None, "bytes"),
        (examination.Examination, "_attributes", lambda *_: None, "stream_id"),
        (examination, "_contiguous", lambda piece: (piece.rows, None), "row"),
        (note.NoteVerifier, "holds", lambda *_: True, "a bit of a checkpoint"),
        (regrowth, "_first_difference", lambda *_: 0, "tile"),
        (examination.Examination, "_peaks", lambda *_: None, "a peak"),
        (examination.Examination, "beyond", lambda *_: None, "truncated"),
        (owners, "contradiction", _nothing, "topic"),
        (owners, "altered", _nothing, "another history"),
    ],
)  # fmt: skip
async def test_a_bug_planted_in_the_verifier_is_found_by_the_suite(
    projections: Connection, monkeypatch: pytest.MonkeyPatch, place: object, name: str,
    instead: object, what: str,
) -> None:  # fmt: skip
    await a_signed_history(projections, *SIZES)
    asked = Asked(pinned=[await the_key(projections)], origin=LOG.origin)
    some = [each for each in all_tamperings(SEED) if what in each.name]
    assert some
    for each in place if isinstance(place, tuple) else (place,):
        monkeypatch.setattr(each, name, instead)
    assert await missed(projections, some[:20], asked)
