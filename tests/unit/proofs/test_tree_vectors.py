"""Every published vector of transparency-dev/merkle: what holds is accepted, all else refused."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.proofs.subtree import verify_part_consistency, verify_part_inclusion
from services.proofs.tree import ProofError, verify_consistency, verify_inclusion

CHECKS: dict[str, tuple[Any, int]] = {
    "inclusion": (verify_inclusion, 2),
    "subtreeinclusion": (verify_part_inclusion, 3),
    "consistency": (verify_consistency, 2),
    "subtreeconsistency": (verify_part_consistency, 3),
}


@cache
def vectors() -> dict[str, list[Any]]:
    loaded = json.loads((Path(__file__).parent / "tree_vectors.json").read_text())
    return dict(loaded)


def cases() -> list[Any]:
    return [
        pytest.param(kind, row, id=f"{kind}/{row[0]}") for kind in CHECKS for row in vectors()[kind]
    ]


def test_there_are_518_of_them() -> None:
    assert len(cases()) == 518


@pytest.mark.parametrize(("kind", "row"), cases())
def test_a_vector(kind: str, row: list[Any]) -> None:
    check, numbers = CHECKS[kind]
    _, holds, *arguments = row
    hashes = [b64decode(text) for text in vectors()["hashes"]]
    places = [
        [hashes[each] for each in place] if isinstance(place, list) else hashes[place]
        for place in arguments[numbers:]
    ]
    if holds:
        check(*arguments[:numbers], *places)
    else:
        with pytest.raises(ProofError):
            check(*arguments[:numbers], *places)
