"""The ledger's order: causes before effects, versions one after the other, whatever the arrival."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.header import Header
from services.ledger.admission import ForkedStreamError, Known, Leaf
from services.ledger.append import in_causal_order

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def leaf(number: int, stream: str, version: int, cause: int | None = None) -> Leaf:
    reason = None if cause is None else UUID(int=cause)
    header = Header(UUID(int=number), "t.e.v1", stream, version, MOMENT, reason)
    return Leaf(header, "topic", 0, number, b"")


def numbers(leaves: list[Leaf]) -> list[int]:
    return [each.header.event_id.int for each in leaves]


def nothing_known() -> Known:
    return Known(set(), {})


def test_an_effect_waits_for_its_cause() -> None:
    ordered, left = in_causal_order([leaf(2, "triage", 1, cause=1)], nothing_known())
    assert (ordered, numbers(left)) == ([], [2])


def test_a_cause_in_the_same_batch_comes_first() -> None:
    batch = [leaf(2, "triage", 1, cause=1), leaf(1, "report", 1)]
    assert numbers(in_causal_order(batch, nothing_known())[0]) == [1, 2]


def test_a_successor_waits_for_its_predecessor() -> None:
    ordered, left = in_causal_order([leaf(3, "call", 3)], Known(set(), {"call": 1}))
    assert (ordered, numbers(left)) == ([], [3])


def test_a_known_event_is_left_out() -> None:
    known = Known({UUID(int=1)}, {"report": 1})
    assert in_causal_order([leaf(1, "report", 1)], known) == ([], [])


def test_two_events_that_claim_one_version_are_an_alarm() -> None:
    with pytest.raises(ForkedStreamError):
        in_causal_order([leaf(9, "report", 1)], Known({UUID(int=1)}, {"report": 1}))


@given(st.integers(0, 10_000), st.integers(1, 25))
def test_any_arrival_order_gives_every_event_once_after_its_cause(seed: int, count: int) -> None:
    chance = random.Random(seed)
    story = [
        leaf(n, f"s{n % 4}", n // 4 + 1, cause=chance.choice([None, n - 3]) if n > 3 else None)
        for n in range(count)
    ]
    chance.shuffle(story)
    known = nothing_known()
    placed: list[int] = []
    waiting: list[Leaf] = []
    while story or waiting:
        batch, story = waiting + story[:3], story[3:]
        before = len(placed)
        ordered, waiting = in_causal_order(batch, known)
        placed += numbers(ordered)
        if not story and len(placed) == before:
            break
    assert sorted(placed) == list(range(count))
    assert waiting == []
