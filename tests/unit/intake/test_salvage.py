"""An emergency is still seen in a body that nobody can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.report import assess_bytes
from services.intake.domain.salvage import salvage_texts
from tests.unit.pages.samples import PILOT

BROKEN = {
    "cut off": b'{"type": "theft", "description": "he has a gun and he is ins',
    "a comma too many": b'{"description": "he is beating her right now",,}',
    "escaped": b'{"description": "\\u0061 man is\\nnot breathing"',
    "a form": b"description=my+house+is+on+fire&type=noise",
    "a form, cut": b"type=noise&description=someone%20is%20breaking%20into%20my%20hou",
    "plain": b"help, he stabbed my brother",
    "another encoding": "mi papá no respira".encode("latin-1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_words_of_danger_divert_in_what_cannot_be_read(case: str) -> None:
    assert assess_bytes(PILOT, BROKEN[case]).outcome == "divert"


def test_the_names_of_members_are_no_words() -> None:
    calm = (
        b'{"safety": {"weapon": "no", "injury": "no", "fire_smoke_gas": "no"}, "description": "x"'
    )
    assert salvage_texts(calm) == ["no", "no", "no", "x"]


@given(st.binary())
def test_no_bytes_are_too_odd(raw: bytes) -> None:
    assert assess_bytes(PILOT, raw).outcome in ("none", "confirm", "divert")
