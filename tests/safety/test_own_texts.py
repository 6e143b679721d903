"""The safety suite: our own texts, and the held-out ones by their figures alone.

The floors are what the rules reach today; they may be raised and never lowered.
"""

from __future__ import annotations

from tests.safety.scoring import lower_bound, score
from tests.safety.texts import HELD_OUT, HERE, held_out, held_out_digest, own

FLOORS = {"own": (0.98, 0.05), "held-out": (0.955, 0.24), "second held-out": (0.95, 0.27)}
"""Least recall, and most false alarms (diverted or asked), of each set."""
MOST_DIVERTED = 0.07
"""Of the harmless texts of a set: nearly all of the held-out ones look like emergencies."""


def test_there_are_texts_enough() -> None:
    mine, others = list(own()), list(held_out("held-out"))
    assert len(mine) + len(others) >= 1200
    assert sum(each.emergency for each in others) >= 300
    assert len({each.text for each in mine}) == len(mine)


def test_the_held_out_texts_are_those_that_were_written_before_the_rules() -> None:
    written = (HERE / "HELD_OUT.md").read_text()
    assert all(held_out_digest(name) in written for name in HELD_OUT)


def test_no_held_out_text_is_among_those_that_teach() -> None:
    mine = {each.text for each in own()}
    assert not any(each.text in mine for name in HELD_OUT for each in held_out(name))


def test_no_set_is_known_worse_than_before() -> None:
    for name, (least, most) in FLOORS.items():
        whole, _ = score(held_out(name) if name in HELD_OUT else own())
        alarms = whole.harmless_count - whole.harmless["none"]
        assert whole.recall >= least, whole.summary()
        assert alarms <= most * whole.harmless_count, whole.summary()
        assert whole.harmless["divert"] <= MOST_DIVERTED * whole.harmless_count, whole.summary()


def test_the_bound_is_the_one_that_triage_states() -> None:
    assert round(lower_bound(299, 299), 3) == 0.99
    assert round(lower_bound(472, 473), 3) == 0.99
