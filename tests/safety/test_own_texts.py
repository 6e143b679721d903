"""The safety suite: our own texts, and the held-out ones by their figures alone.

The floors are what the rules reach today; they may be raised and never lowered.
"""

from __future__ import annotations

from tests.safety.scoring import lower_bound, score
from tests.safety.texts import HERE, held_out, held_out_digest, own

FLOORS = {"own": (0.97, 0.1), "held-out": (0.88, 0.36)}
"""Least recall, and most false alarms (diverted or asked), of each set."""


def test_there_are_texts_enough() -> None:
    mine, others = list(own()), list(held_out())
    assert len(mine) + len(others) >= 1200
    assert sum(each.emergency for each in others) >= 300
    assert len({each.text for each in mine}) == len(mine)


def test_the_held_out_texts_are_those_that_were_written_before_the_rules() -> None:
    assert held_out_digest() in (HERE / "HELD_OUT.md").read_text()


def test_no_set_is_known_worse_than_before() -> None:
    for name, texts in (("own", own()), ("held-out", held_out())):
        whole, _ = score(texts)
        least, most = FLOORS[name]
        alarms = whole.harmless_count - whole.harmless["none"]
        assert whole.recall >= least, whole.summary()
        assert alarms <= most * whole.harmless_count, whole.summary()


def test_the_bound_is_the_one_that_triage_states() -> None:
    assert round(lower_bound(299, 299), 3) == 0.99
    assert round(lower_bound(472, 473), 3) == 0.99
